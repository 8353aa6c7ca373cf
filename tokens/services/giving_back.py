"""A token that its holder brings back takes with it what it rests on (RFC 7009)."""

from dataclasses import replace
from datetime import datetime

from common.actors import Actor, ActorKind
from tokens import lookups, proofs
from tokens.errors import TokenNotValid
from tokens.proofs import Proof
from tokens.selectors import is_of_machine
from tokens.services import credentials, sessions


def revoke(raw: str, *, actor: Actor, at: datetime) -> bool:
    """End the session of a token; of a machine's, all tokens that were bought with the same secret, which stays good.

    False where it is no living token of ours.
    """
    try:
        proof = proofs.read(raw, at=at)
    except TokenNotValid:
        return False
    end = _end_tokens if is_of_machine(proof) else _end_session
    return end(proof, actor=actor, at=at)


def _end_session(proof: Proof, *, actor: Actor, at: datetime) -> bool:
    session = lookups.session_of(proof)
    holder = _holder(proof, ActorKind.USER, actor)
    return session is not None and sessions.end(session, reason="revoked_by_holder", actor=holder, at=at)


def _end_tokens(proof: Proof, *, actor: Actor, at: datetime) -> bool:
    return credentials.end_tokens(proof.session_id, actor=_holder(proof, ActorKind.SERVICE_ACCOUNT, actor), at=at)


def _holder(proof: Proof, kind: ActorKind, actor: Actor) -> Actor:
    # Who brings it back need not have said who she is: holding it is the right to.
    return replace(actor, kind=kind, id=proof.user_id, label=str(proof.user_id), session_id=proof.session_id)
