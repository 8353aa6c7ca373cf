"""Following the feed of revocations: what came since the last time, page by page, and how long ago that was."""

import math
from http import HTTPStatus
from urllib.parse import urlencode

from identity_client.clock import Clock
from identity_client.credentials import Credential
from identity_client.errors import VerifierUnavailable
from identity_client.forks import Turn
from identity_client.revocations import Revocations, entries_in
from identity_client.web import Answer, Server, document

PATH = "/api/v1/revocations/"
# The most that the server gives at once.
PAGE_SIZE = 200
MAX_PAGES = 1000
CURSOR_REFUSED = {400, 404, 410}


class Feed:
    """`known` may be read at any time. Look at `age` before it: the two are written in the other order."""

    def __init__(self, server: Server, credential: Credential, clock: Clock, *, keep_longer: float = 0) -> None:
        self._server, self._credential, self._clock = server, credential, clock
        self._keep_longer = keep_longer
        self.known = Revocations()
        self._cursor: str | None = None
        self._complete_at = -math.inf
        self._turn = Turn()

    @property
    def age(self) -> float:
        """Seconds since the last time that all of it had been read, counted from the asking. Endless before the first."""
        return self._clock.steady() - self._complete_at

    def poll(self) -> None:
        """Read what is new. What a page says holds at once; the cursor and the age move only when the last has been read."""
        # Two at a time, as after a quick stop and start, would each lose what the other adds.
        with self._turn.taken():
            began = self._clock.steady()
            cursor = self._read_to_the_end()
            self.known = self.known.pruned(now=self._clock.wall() - self._keep_longer)
            self._cursor, self._complete_at = cursor, began

    def _read_to_the_end(self) -> str:
        since = {"since": self._cursor} if self._cursor else {}
        url: object = f"{PATH}?{urlencode({'page_size': PAGE_SIZE, **since})}"
        for _ in range(MAX_PAGES):
            if not isinstance(url, str):
                break
            page = document(self._ask(url), what="the feed of revocations")
            self.known = self.known.joined(entries_in(page.get("results")))
            cursor, url = page.get("cursor"), page.get("next")
            if url is None and isinstance(cursor, str):
                return cursor
        raise VerifierUnavailable("The feed of revocations has no end.")

    def _ask(self, url: str) -> Answer:
        answer = self._asked_once(url)
        if answer.status == HTTPStatus.UNAUTHORIZED and self._credential.forget():
            answer = self._asked_once(url)
        if answer.status in CURSOR_REFUSED:
            # The server may have been restored, or knows the place no more: next time from the beginning, on top of what is known.
            self._cursor = None
        return answer

    def _asked_once(self, url: str) -> Answer:
        bearer = f"Bearer {self._credential.current()}"
        return self._server.ask(url, headers={"Authorization": bearer, "Accept": "application/json"})
