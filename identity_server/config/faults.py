"""What is wrong with the configuration, in one line: the variable, its fault, an example. Never the value: it may be a secret."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

if TYPE_CHECKING:
    from identity_server.config.environment import Group


class Fault(Exception):
    """Stops the start. Its text names the variable, what is wrong with it, and shows how it could read."""

    def __init__(self, variable: str, fault: str, example: str = "") -> None:
        self.variable = variable
        self.example = example
        shown = f" Example: {variable}={example}" if example else ""
        super().__init__(f"{variable} {fault}.{shown}")


def fault_of(error: ValidationError, group: "type[Group]") -> Fault:
    """The first of pydantic's complaints, in our words."""
    complaint = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(complaint["loc"][0])
    words = complaint["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    return Fault(name.upper(), words[0].lower() + words[1:], group.example_of(name))
