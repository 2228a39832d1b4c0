"""Lessons: a question, a guess, a run, what happened. Each is one file in ``files``; see docs/lessons.md."""
