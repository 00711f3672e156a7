"""What nlpkit relies on, as checks that anyone can call: the contract kit for plugin authors.

    from nlpkit.testing import check_encoder, parametrize_with_checks

    check_encoder(Max())  # BrokenPromise says in one sentence what is wrong

    @parametrize_with_checks([Max(), Max(pooling="mean")])
    def test_contract(component, check):
        check(component)

A settings class whose defaults do not build, or are not all there is to check, offers instances through a
classmethod `examples()`; `nlpkit plugin check` uses these. A trainer that cannot fit the mean of token
vectors says through a classmethod `trained_with()` which encoder and collator to try it on.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
