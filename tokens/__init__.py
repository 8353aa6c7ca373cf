"""Proof: sessions, access tokens that expire soon, refresh tokens that rotate, the keys that sign them."""
