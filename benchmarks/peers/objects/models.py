from django.db import models


class Document(models.Model):
    """Something on which one may have permissions."""

    objects: models.Manager["Document"] = models.Manager()

    class Meta:
        app_label = "objects"

    def __str__(self) -> str:
        return str(self.pk)
