from datetime import datetime, timedelta
from uuid import UUID, uuid4

from accounts.models import EmailLink, LinkPurpose, User
from accounts.services import links
from accounts.services.links import Asked

RESET = LinkPurpose.RESET_PASSWORD


def test_only_a_digest_is_stored(alice: User, noon: datetime) -> None:
    value = links.issue(alice, RESET, asked=Asked(uuid4(), noon), at=noon)
    assert value
    assert value.startswith("idl_")
    assert len(bytes.fromhex(value.removeprefix("idl_"))) * 8 >= 128
    assert value not in str(EmailLink.objects.values().get())


def test_the_same_request_gets_the_same_link(alice: User, noon: datetime) -> None:
    asked = Asked(uuid4(), noon)
    later = noon + timedelta(minutes=1)
    assert links.issue(alice, RESET, asked=asked, at=noon) == links.issue(alice, RESET, asked=asked, at=later)
    assert EmailLink.objects.count() == 1


def test_another_request_or_purpose_gets_another(alice: User, noon: datetime) -> None:
    same = UUID(int=1)
    found = {
        links.issue(alice, RESET, asked=Asked(same, noon), at=noon),
        links.issue(alice, RESET, asked=Asked(uuid4(), noon), at=noon),
        links.issue(alice, LinkPurpose.VERIFY_EMAIL, asked=Asked(same, noon), at=noon),
    }
    assert len(found) == 3


def test_a_request_that_was_overtaken_gets_none(alice: User, noon: datetime) -> None:
    links.issue(alice, RESET, asked=Asked(uuid4(), noon), at=noon)
    assert links.issue(alice, RESET, asked=Asked(uuid4(), noon - timedelta(seconds=1)), at=noon) is None


def test_a_link_is_as_old_as_its_mail_not_as_the_request(alice: User, noon: datetime) -> None:
    links.issue(alice, RESET, asked=Asked(uuid4(), noon - timedelta(hours=5)), at=noon)
    assert EmailLink.objects.get().expires_at == noon + timedelta(hours=1)
