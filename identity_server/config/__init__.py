"""What the operator decides: typed values from the environment, read once. Django's settings are derived from them."""

from identity_server.config.config import Config, load, load_or_exit

__all__ = ["Config", "load", "load_or_exit"]
