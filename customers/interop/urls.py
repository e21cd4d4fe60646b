from django.urls import path

from customers.interop.segment import TYPES
from customers.interop.segment_calls import SegmentCall
from customers.interop.sensors_calls import SensorsCall

app_name = "interop"
urlpatterns = [
    path("v1/batch", SegmentCall.as_view(), name="batch"),
    *(path(f"v1/{kind}", SegmentCall.as_view(kind=kind), name=kind) for kind in TYPES),
    path("sa", SensorsCall.as_view(), name="sensors"),
    path("debug", SensorsCall.as_view(is_debug=True), name="sensors_debug"),
]
