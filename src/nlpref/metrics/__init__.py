"""Metrics as pure functions of gold and predicted values, with bootstrap intervals and paired tests."""

__all__: list[str] = []
