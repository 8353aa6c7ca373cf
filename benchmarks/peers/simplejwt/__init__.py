"""A stock project: what `startproject` writes, Django REST framework, SimpleJWT with rotation and its blacklist."""
