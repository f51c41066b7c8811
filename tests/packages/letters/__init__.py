"""A package that brings formats along: one by a template, one by a function, one by a stylesheet over the first."""
