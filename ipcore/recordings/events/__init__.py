"""Events: each is defined once, as a struct, and every stream of them in a module of its own.

A definition states the fields of an event, their types, bounds and meaning. It encodes the event, validates what comes
from a worker, a file or the store, and is printed in the reference (:mod:`ipcore.recordings.reference`). Rules that
span several events, such as that losses have no gap, belong to the recording that takes the events in.
"""
