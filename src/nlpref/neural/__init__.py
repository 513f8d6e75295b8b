"""What the neural components share: sub-words, the pretrained encoder, and the one way to fine-tune."""

__all__: list[str] = []
