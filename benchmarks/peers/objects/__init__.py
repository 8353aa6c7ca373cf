"""A stock project with django-guardian: documents, and permissions on each of them that groups have."""
