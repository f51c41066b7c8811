"""What is asked of who wants a key."""

from typing import TYPE_CHECKING

from django import forms
from django.utils import timezone

from ..repository import Repository
from .models import AccessKey

if TYPE_CHECKING:
    KeyForm = forms.ModelForm[AccessKey]
else:
    KeyForm = forms.ModelForm


class RegistrationForm(KeyForm):
    """Name and contact of a harvester's operator."""

    class Meta:
        model = AccessKey
        fields = ("name", "contact")

    def issue(self, repository: Repository) -> str:
        """Save a key for ``repository`` and return its secret. It is valid unless the settings want it approved."""
        key = self.instance
        key.repository = repository.name
        key.approved = None if repository.setting("REGISTRATION") == "approval" else timezone.now()
        secret = key.renew()
        key.save()
        return secret
