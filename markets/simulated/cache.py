"""A bounded memory of results that can be made again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Cache(Generic[Item]):
    """The most recently used results of a function, at most ``size``."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[tuple[int, ...], Item] = OrderedDict()

    def get(self, key: tuple[int, ...], make: Callable[[], Item]) -> Item:
        if key in self._items:
            self._items.move_to_end(key)
            return self._items[key]
        item = self._items[key] = make()
        if len(self._items) > self._size:
            self._items.popitem(last=False)
        return item
