"""The wire formats of other systems: their SDKs work when only the host is changed.

`segment` (also RudderStack) and `sensors` (神策) turn messages into items of the one door, without
asking the database; `views` answers as those SDKs expect it. A format more is a module here and a
view.
"""
