"""What buys tokens at /oauth2/token: the grant types, each under its name in RFC 6749, and the checks that they share."""
