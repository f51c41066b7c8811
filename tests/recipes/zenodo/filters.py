import django_filters
from django.db.models import Q

from .models import Community, Record


class RecordFilter(django_filters.FilterSet):
    """The search page of the site has it too."""

    q = django_filters.CharFilter(method="search", label="Words")
    communities = django_filters.ModelMultipleChoiceFilter(queryset=Community.objects.order_by("title"))
    published_on = django_filters.DateFromToRangeFilter(label="Published")
    creator = django_filters.CharFilter("creators__name", "icontains", label="Creator", distinct=True)
    order = django_filters.OrderingFilter(fields=["published_on", "downloads"])

    class Meta:
        model = Record
        fields = {"type": ["exact"], "downloads": ["gte"]}

    def search(self, records, name, words):
        return records.filter(Q(title__icontains=words) | Q(description__icontains=words))
