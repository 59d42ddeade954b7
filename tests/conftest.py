"""Puts this folder on Python's path, so that tests find `helpers`."""
