"""Auto-encoders that somebody trained elsewhere: Keras files in, exact integer codecs out.

A Keras file can carry code (Lambda layers, custom classes). Nothing of it is executed here: its
structure is read as JSON against an allow-list (`structure`), its weights as plain arrays
(`file`), and what Keras is asked to build is built from the few settings that were checked.
"""
