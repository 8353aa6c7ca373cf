"""How every route of the API speaks: problems, pages, idempotency, entity tags, request ids, OpenAPI."""
