"""Texts that speak to a model instead of to people: instructions to forget its instructions, and its own control tokens.

Such a text stays in the dataset with a mark; it is not trained on and not retrieved. See OWASP, "LLM01:2025 Prompt Injection".
"""

from __future__ import annotations

import polars as pl

_BEFORE = r"(?:all |any |the |your |my |of |these |those |prior |previous |above |earlier |preceding |foregoing |initial ){1,6}"
_ORDERS = r"(?:instructions?|prompts?|directions?|rules|guidelines|commands?|context)"
_PATTERNS = (
    rf"\b(?:ignore|disregard|forget|override|bypass)\s+{_BEFORE}{_ORDERS}\b",
    r"\b(?:reveal|print|repeat|show|output|leak)\s+(?:me\s+)?(?:your|the)\s+(?:system|hidden|initial|original)\s+(?:prompt|instructions?|message)\b",
    r"\byou are (?:now|no longer) (?:a|an|in|the|bound|chatgpt|dan)\b.{0,80}\b(?:ai|assistant|model|mode|unrestricted|rules)",
    r"\b(?:developer|dan|jailbreak|god) mode (?:on|enabled|activated)\b",
    r"\b(?:new|updated) (?:system )?instructions?\s*:",
    r"\bact as (?:if you (?:are|were) )?(?:an? )?(?:unrestricted|uncensored|jailbroken)\b",
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>",
    r"\[/?INST\]|<<SYS>>|<</SYS>>",
    r"(?m)^\s*#{2,}\s*(?:system|instruction|assistant)\s*:?\s*$",
    r"\b(?:ignorier\w*|vergiss)\s+(?:bitte\s+)?(?:alle\w*\s+|die\s+|deine\s+|vorherigen\s+|bisherigen\s+){1,4}(?:anweisungen|instruktionen|regeln|vorgaben)\b",
    r"\b(?:ignore[zr]?|oublie[zr]?)\s+(?:toutes?\s+|les\s+|tes\s+|vos\s+){1,3}(?:instructions?|consignes|règles)\b",
    r"\b(?:ignora|olvida|ignore)\s+(?:todas?\s+|las\s+|tus\s+|sus\s+|as\s+){1,3}(?:instrucciones|instruções|reglas|regras)\b",
    r"\bignora\s+(?:tutte\s+|le\s+|tue\s+){1,3}istruzioni\b",
    r"\bnegeer\s+(?:alle\s+|de\s+|vorige\s+|eerdere\s+){1,3}instructies\b",
    r"(?:忽略|无视|無視).{0,8}(?:指令|指示|提示)",
    r"(?:以前|これまで|上記).{0,6}(?:指示|命令).{0,4}無視",
)
_ANY = "(?i)" + "|".join(f"(?:{pattern})" for pattern in _PATTERNS)


def is_injection(texts: pl.Expr) -> pl.Expr:
    """True where a text holds an instruction to a model; false for none and for null."""
    return texts.str.contains(_ANY).fill_null(value=False)
