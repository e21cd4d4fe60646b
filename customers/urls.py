from django.urls import path

from customers.views import developers, people, segments, tags

app_name = "customers"
urlpatterns = [
    path("customers/", people.customers, name="list"),
    path("customers/<int:pk>/", people.customer, name="detail"),
    path("segments/", segments.segments, name="segments"),
    path("segments/<int:pk>/", segments.segment, name="segment"),
    path("segments/<int:pk>/rebuild/", segments.rebuild, name="segment_rebuild"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<int:pk>/", tags.tag, name="tag"),
    path("developers/", developers.developers, name="developers"),
    path("developers/live/", developers.live, name="developers_live"),
    path("developers/keys/<int:pk>/revoke/", developers.revoke, name="key_revoke"),
]
