from django.urls import path, re_path

from customers.views import developers, merges, people, segments, tags

app_name = "customers"
urlpatterns = [
    path("customers/", people.customers, name="list"),
    path("customers/<int:pk>/", people.customer, name="detail"),
    path("customers/<int:pk>/merge/", merges.choose, name="merge"),
    path("customers/<int:pk>/merge/<int:other>/", merges.merge_two, name="merge_two"),
    path("customers/merges/<int:pk>/undo/", merges.undo, name="unmerge"),
    path("customers/reviews/", merges.reviews, name="reviews"),
    re_path(
        r"^customers/reviews/(?P<pk>\d{1,18})/(?P<verb>merge|apart)/$",
        merges.decide,
        name="review_decide",
    ),
    path("segments/", segments.segments, name="segments"),
    path("segments/<int:pk>/", segments.segment, name="segment"),
    path("segments/<int:pk>/rebuild/", segments.rebuild, name="segment_rebuild"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<int:pk>/", tags.tag, name="tag"),
    path("developers/", developers.developers, name="developers"),
    path("developers/live/", developers.live, name="developers_live"),
    path("developers/keys/<int:pk>/revoke/", developers.revoke, name="key_revoke"),
]
