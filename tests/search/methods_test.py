"""Methods by name take an objective, a space, a budget and a key."""

import inspect

from jaxaug import search


def test_every_method_has_the_one_signature():
  for name, method in search.METHODS.items():
    taken = list(inspect.signature(method).parameters.values())
    assert [p.name for p in taken[:4]] == ['objective', 'space', 'budget', 'key'], name
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in taken[4:]), name
