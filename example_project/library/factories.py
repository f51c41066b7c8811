"""Factories for generated works: many, plainly marked as generated. They need factory-boy."""

import factory

from library.languages import LANGUAGES

from .models import Contribution, Person, Work

TOPICS = ("Rivers", "Clocks", "Lanterns", "Orchards", "Bridges", "Tides", "Letters", "Maps", "Bees", "Winters")
FORMS = ("A Treatise on", "Essays on", "Notes towards a History of", "Songs of", "A Dictionary of", "Travels among")
CODES = [code for code, _name in LANGUAGES if len(code) == 2]


class WorkFactory(factory.django.DjangoModelFactory):
    """A work that nobody wrote."""

    class Meta:
        model = Work

    slug = factory.Sequence(lambda number: f"generated-{number:07}")
    title = factory.Sequence(
        lambda number: f"{FORMS[number % len(FORMS)]} {TOPICS[number // len(FORMS) % 10]}, no. {number} (generated)"
    )
    language = factory.Iterator(CODES)
    kind = factory.Iterator(Work.Kind.values)
    year = factory.Sequence(lambda number: 1500 + number % 400)
    description = "Generated for trials: no such work exists."


class ContributionFactory(factory.django.DjangoModelFactory):
    """The authorship of a generated work."""

    class Meta:
        model = Contribution

    role = Contribution.Role.AUTHOR


class GeneratedPersonFactory(factory.django.DjangoModelFactory):
    """The one author of all generated works, who does not exist."""

    class Meta:
        model = Person
        django_get_or_create = ("slug",)

    slug = "generated-author"
    name = "Generated author"
