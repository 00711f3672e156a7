"""The components of first-party plugins, so that a missing one is told with its plugin."""

COMPONENTS = {
    "nlpkit-cnn": ("collator spell", "encoder char_cnn", "encoder cnn"),
    "nlpkit-dask": ("engine dask",),
    "nlpkit-hf": (
        *("dataset hf_dataset", "tokenizer subwords", "tokenizer tokenizer_json"),
        "encoder pretrained",
    ),
    "nlpkit-mlflow": ("tracker mlflow",),
    "nlpkit-ray": ("engine ray",),
    "nlpkit-sklearn": ("trainer naive_bayes", "trainer sgd_classifier"),
    "nlpkit-spark": ("engine spark",),
    "nlpkit-tensorboard": ("tracker tensorboard",),
    "nlpkit-torchtext": ("dataset torchtext", "tokenizer torchtext"),
    "nlpkit-transformer": ("encoder self_attention", "encoder transformer"),
}


def plugin_with(kind: str, name: str) -> str:
    """The distribution of the plugin that has a component; empty where none of these has it."""
    wanted = f"{kind} {name.replace('-', '_')}"
    return next((plugin for plugin, components in COMPONENTS.items() if wanted in components), "")


def how_to_install(distribution: str, exact: str) -> str:
    """What gets a plugin, or one version of it; of a stranger's the name is all that is known."""
    command = f"install it with: pip install {exact}"
    if distribution in COMPONENTS:
        return f"{command}, or in a clone of nlpkit: pip install ./plugins/{distribution}"
    return f"the name is what its manifest says: find out whose package it is, and if you trust it, {command}"
