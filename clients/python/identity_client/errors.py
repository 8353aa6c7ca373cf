"""The two ways in which a token is not taken: it is no good, or nobody can say now."""


class InvalidToken(Exception):
    """The token is no good. The words are the same for every cause: a reason would help only who forges one."""

    def __init__(self) -> None:
        super().__init__("The token is not valid.")


class VerifierUnavailable(Exception):
    """Nobody can say now whether the token is good: no keys yet, or too long no word of what was revoked. Answer 503."""
