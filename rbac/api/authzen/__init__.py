"""OpenID AuthZEN Authorization API 1.0, laid out as the specification is: evaluation, evaluations, search, metadata."""
