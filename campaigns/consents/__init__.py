"""What customers say themselves of what they want: on pages that a link in a message opens.

A link is signed for one message and opens only what that message's customer may say to its brand:

| link | says | good for |
|---|---|---|
| `/u/…` unsubscribe | no to the message's purpose on its channel; by one click, RFC 8058 | ever |
| `/p/…` preferences | yes or no per channel and purpose, for the brand | 180 days |
| `/c/…` confirm | yes, where the consent is still asked for | 30 days |

A page that is merely fetched changes nothing: programs that look at links before a person does must
not unsubscribe or confirm anybody. Every change is a consent with its proof and an event, by the
one door.
"""
