"""Segments: rules that pick people, from the text that somebody writes to a condition in SQL."""
