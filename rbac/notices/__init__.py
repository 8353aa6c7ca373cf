"""The mails that facts of rbac cause. Of what people typed only addresses are in them, and never their reasons."""

from rbac.notices import expiry, requests, reviews

__all__ = ["expiry", "requests", "reviews"]
