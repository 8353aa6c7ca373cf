"""The whole: check the signature, then what has been revoked since. A request waits for no lock and, as a rule, for no network."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from identity_client import jws, web
from identity_client.claims import Claims
from identity_client.clock import Clock
from identity_client.credentials import ClientCredentials, Credential, Given
from identity_client.errors import InvalidToken, VerifierUnavailable
from identity_client.feed import Feed
from identity_client.follower import Follower
from identity_client.keys import Keys

MAX_EXPIRY_LEEWAY = 60
# While the server does not answer, it is asked at least so many times before the feed is too old.
TRIES_IN_MAX_AGE = 4


class Verifier:
    """Checks access tokens of one identity server, offline. One for each process is enough; it may be shared by all threads.

    Without `start` the first `verify` starts the following. All times are in seconds; README tells what each setting is for.
    """

    def __init__(
        self,
        issuer: str,
        *,
        audience: str | None = None,
        credential: str | Callable[[], str] | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        follow_revocations: bool = True,
        poll_interval: float = 5,
        max_feed_age: float = 60,
        key_floor: float = 5,
        max_keys_age: float = 3600,
        expiry_leeway: float = 0,
        timeout: float = 5,
        allow_http: bool = False,
        fetch: web.Fetch = web.fetch,
        clock: Clock | None = None,
    ) -> None:
        if not 0 < poll_interval < max_feed_age:
            raise ValueError("poll_interval must be above zero and below max_feed_age")
        if not 0 <= expiry_leeway <= MAX_EXPIRY_LEEWAY:
            raise ValueError(f"expiry_leeway must be from 0 to {MAX_EXPIRY_LEEWAY}")
        self._clock = clock or Clock()
        self._expected = jws.Expected(issuer, audience or issuer, expiry_leeway)
        self._timeout, self._poll_interval, self._max_feed_age = timeout, poll_interval, max_feed_age
        server = web.Server(issuer, fetch=fetch, timeout=timeout, allow_http=allow_http)
        self._keys = Keys(server, self._clock, floor=key_floor, max_age=max_keys_age)
        self._feed: Feed | None = None
        if follow_revocations:
            asks_with = _credential(server, self._clock, credential, client_id, client_secret)
            self._feed = Feed(server, asks_with, self._clock, keep_longer=expiry_leeway)
        longest = max(poll_interval, max_feed_age / TRIES_IN_MAX_AGE)
        self._follower = Follower(self.poll, interval=poll_interval, longest=longest)

    def verify(self, raw: str) -> Claims:
        """Who asks. `InvalidToken`: answer 401. `VerifierUnavailable`: nobody can say now, answer 503."""
        header = jws.header_of(raw)
        # Before the keys are looked at: tokens of a key that was killed would have them read again and again.
        if self._feed and self._feed.known.kill_key(header.kid):
            raise InvalidToken
        key = self._keys.find(header.kid)
        claims = jws.read(raw, header, key, expected=self._expected, now=self._clock.wall())
        if self._feed:
            self._refuse_revoked(self._feed, claims, kid=header.kid)
        return claims

    @property
    def feed_age(self) -> float | None:
        """Seconds since the feed was last read to its end, for a health check. None where it is not followed, or not yet."""
        age = self._feed.age if self._feed else float("inf")
        return None if age == float("inf") else age

    def start(self) -> None:
        """Follow the feed from now on. Without it the first `verify` begins, and waits for the first answer."""
        if self._feed:
            self._follower.start()

    def stop(self) -> None:
        """Follow no more. Tokens are still checked until the feed is too old."""
        self._follower.stop(within=self._timeout)

    def poll(self) -> None:
        """One round of what the thread does. After `stop`, for who brings a thread of her own."""
        try:
            if self._feed:
                self._feed.poll()
        finally:
            self._keys.keep_fresh(ahead=self._poll_interval)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _refuse_revoked(self, feed: Feed, claims: Claims, *, kid: str) -> None:
        self._follower.ensure()
        if feed.age > self._max_feed_age:
            self._follower.wait_for_first_round(within=self._timeout)
        if feed.age > self._max_feed_age:
            raise VerifierUnavailable("What was revoked lately is not known.")
        if feed.known.kill(claims, kid=kid):
            raise InvalidToken


def _credential(
    server: web.Server,
    clock: Clock,
    given: str | Callable[[], str] | None,
    client_id: str | None,
    client_secret: str | None,
) -> Credential:
    if given and not client_id and not client_secret:
        return Given(given)
    if client_id and client_secret and not given:
        return ClientCredentials(server, clock, client_id=client_id, client_secret=client_secret)
    raise ValueError("following revocations takes a credential, or client_id and client_secret; and not both")
