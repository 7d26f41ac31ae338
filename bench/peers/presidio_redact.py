"""Presidio redacts a sample of texts. `.venv-peers/bin/python -m bench.peers.presidio_redact TEXTS` (see `bench.peers.samples`).

Presidio's analyzer with every recogniser of English that it brings and loads by default, and its anonymizer. No language model:
spaCy only splits words, so neither names nor places are looked for, which is most of the time that Presidio takes where there is
one; what is measured is the least that it takes. All texts are read as English, whatever they are in. Nothing is cached between
texts, as Presidio does not; ours looks at equal texts once.

It does redaction of texts and nothing else. Time and processor time for all texts of the world are extrapolated by characters.
Runs in an environment of its own, and imports nothing of the library but the stopwatch.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import spacy  # type: ignore[import-not-found]
import tldextract  # type: ignore[import-not-found]
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # type: ignore[import-not-found]
from presidio_analyzer.nlp_engine import NlpEngine, SpacyNlpEngine  # type: ignore[import-not-found]
from presidio_anonymizer import AnonymizerEngine  # type: ignore[import-not-found]

from bench.stopwatch import Stopwatch

_LANGUAGE = "en"


def redact(given: Path) -> None:
    """Redact the sample and print the laps, texts a second, and how many times the sample all texts are, as JSON.

    Raises:
        AssertionError: an address that was put into the first text was not found: a peer that does nothing is none.
    """
    told = json.loads(given.read_text(encoding="utf-8"))
    watch = Stopwatch()
    with watch.lap("load"):
        # The list of top-level domains that comes with it; asked for one, it would fetch a newer one.
        tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        engine = words_only()
        registry = RecognizerRegistry()
        registry.load_predefined_recognizers(languages=[_LANGUAGE], nlp_engine=engine)
        analyzer, anonymizer = AnalyzerEngine(registry, engine, supported_languages=[_LANGUAGE]), AnonymizerEngine()
    canary = "my address is somebody@example.com"
    found = anonymizer.anonymize(canary, analyzer.analyze(canary, _LANGUAGE)).text
    assert found == "my address is <EMAIL_ADDRESS>", "Presidio finds nothing"
    texts = told["texts"]
    changed = 0
    with watch.lap("redact"):
        for text in texts:
            changed += anonymizer.anonymize(text, analyzer.analyze(text, _LANGUAGE)).text != text
    lap = watch.laps[-1]
    # What the lap would take of all texts; whatever else the process does, it does once.
    scaled = {"stage": lap.stage, "factor": told["all_characters"] / max(1, sum(map(len, texts)))}
    rate = len(texts) / lap.seconds
    does = (
        f"redaction alone, without a language model (no names, no places): {rate:.0f} texts a second; "
        f"{len(texts)} texts measured, extrapolated to {told['all_texts']} by characters"
    )
    counts = {"texts": len(texts), "changed": changed, "all_texts": told["all_texts"], "texts_a_second": rate}
    json.dump(watch.told(does=does, recognisers=len(registry.recognizers), scaled=scaled, **counts), sys.stdout)


def words_only() -> NlpEngine:
    """A pipeline of spaCy that splits words and does nothing else."""
    engine = SpacyNlpEngine(models=[{"lang_code": _LANGUAGE, "model_name": "blank"}])
    engine.nlp = {_LANGUAGE: spacy.blank(_LANGUAGE)}
    return engine


if __name__ == "__main__":
    redact(Path(sys.argv[1]))
