import pytest

from console import task_arguments


@pytest.mark.parametrize(
    ("stored", "names"),
    [
        ("\"{'delivery_id': '01a2', 'token': 'secret'}\"", ["delivery_id", "token"]),
        ('{"delivery_id": "01a2"}', ["delivery_id"]),
        ('"{}"', []),
        ('"()"', []),
        (None, []),
        ("not json", []),
        ('"{broken"', []),
    ],
)
def test_only_the_names_of_arguments_are_told(stored: str | None, names: list[str]) -> None:
    assert task_arguments.names(stored) == names


def test_only_the_class_of_a_failure_is_told() -> None:
    assert (
        task_arguments.failure('{"exc_type": "SMTPException", "exc_message": ["alice@example.org"]}') == "SMTPException"
    )
    assert task_arguments.failure("[]") == "unknown"
