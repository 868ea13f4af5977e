"""Clouds as destinations of exports."""
