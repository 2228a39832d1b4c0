"""A recorded race or sweep in code: what to type to train the same networks again."""
