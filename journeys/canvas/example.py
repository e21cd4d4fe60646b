"""The text that a new journey begins with: a whole journey that can be changed line by line."""

EXAMPLE = """\
journey: first_order
name: First order
description: Greets new customers and looks whether they order.
goal: {event: order_paid, within: 30d}
nodes:
  registered:
    kind: trigger.event
    event: registered
    next: greet
  greet:
    kind: send.message
    content: welcome_mail
    next: wait_order
  wait_order:
    kind: wait.event
    until:
      ordered: {event: order_paid}
    at_most: 7d
    timeout: not_yet
    next: {ordered: thanks, not_yet: remind}
  remind:
    kind: send.message
    content: first_order_offer
    next: done
  thanks: {kind: exit.leave, reason: ordered}
  done: {kind: exit.leave, reason: reminded}
"""
