"""Between paper and model: reading YAML with places, composing layers, writing manifests back."""
