"""The HTML face of rbac: where the links in its mails lead."""
