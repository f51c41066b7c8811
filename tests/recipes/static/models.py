from django.db import models


class Letter(models.Model):
    sender = models.CharField(max_length=200)
    recipient = models.CharField(max_length=200)
    written = models.DateField()
    summary = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.sender} to {self.recipient}, {self.written}"
