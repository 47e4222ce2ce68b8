"""What is told by a few words anywhere in a reply: that it is not settled, and that no person wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from zdsync.core.reply_parts import with_parts
from zdsync.core.reply_words import as_set

_NEGATIVE: Final = (
    r"(?:is|are|was|has|have|does|do|did|can)(?: still| really| yet)? not(?: been| yet| really| quite)*"
    r" (?:solved|resolved|fixed|work|working|done|completed|finished|ok|repaired|print|connect|log in|access)",
    r"not (?:yet )?(?:solved|resolved|fixed|working|done)",
    r"(?:still|again) (?:not|broken|the same|down|there|failing|have|having|blocked|unable|getting"
    r"|happening|can not|does not"
    r"|is not|no|persists|stuck|missing|an issue|a problem|doing)",
    r"{PROBLEM} (?:(?:still|has|is|have|are|just) )*(?:persists?|remains?|back|came back|come back|still"
    r"|the same|ongoing|reappeared|returned)",
    r"do not close|(?:the )?same (?:problem|issue|error)|nothing (?:has )?changed|not yet|(?:it|problem"
    r"|issue|error) persists",
    r"(?:marche|fonctionne|va|imprime|demarre|arrive|repond)(?:nt)? (?:toujours |encore |plus |du tout )?pas(?! mal)",
    r"(?:n|ne) (?:[a-z]+ )?(?:marche|fonctionne|imprime|demarre|arrive|repond)(?:nt)? (?:toujours |encore "
    r")?(?:pas|plus)",
    r"(?:est|sont|ete|etait) (?:toujours |encore )?pas (?:encore |du tout |completement |vraiment "
    r")?(?:{RESOLU}|{FINI}|bon|ok)",
    r"toujours (?:pas|pareil|rien|le (?:meme )?{PANNE}|la meme|les memes|en panne|bloquee?|hs|un probleme"
    r"|present|la|en erreur|casse)",
    r"{PANNE} (?:persiste|(?:est|sont) (?:toujours|encore|revenue?s?)|revient|reste|demeure|subsiste)",
    r"(?:ne pas|ne le|ne la) (?:le |la )?(?:cloturer|fermer|clore)|ne (?:cloturez|fermez|cloture|ferme) "
    r"pas|rien n a change|(?:le|la) meme (?:{PANNE}|message)",
    r"(?:bug|bugue|plante|bloque) (?:encore|toujours)|encore (?:en panne|bloque|hs)|pas encore (?:{RESOLU}|{FINI})",
    r"^no (?:it|that|this) (?:is|s) (?:still|again)\b(?! (?:good|fine|ok|better|great))",
    r"^non (?:c|cela|ca) (?:est )?(?:(?:encore|toujours|de nouveau|a nouveau)\b(?! (?:bon|ok|mieux|bien))|recommence)",
)
"""Anywhere in a sentence: it is not settled."""

HALVES: Final = as_set(
    "if whether but however although though unless except when once before after until think hope maybe "
    "should would could si mais cependant pourtant quoique sauf quand lorsque avant apres dois devrait "
    "pense crois espere colleague collegue said says dit yes oui "
)
"""With one of these a sentence may mean the opposite of its negative part."""

_UNDELIVERED: Final = (
    r"(?:could not be|was not|has not been|n a pas pu etre) (?:delivered|remise?|distribuee?|livree?)"
    r"|undeliverable|delivery (?:has )?failed|mail delivery (?:subsystem|failed)|delivery status "
    r"notification|non remis|echec de (?:la )?remise",
)
"""A mail server says that a mail of ours has reached nobody."""

_AUTOMATIC: Final = (
    r"(?:automatic|automated|auto|out of office|out of the office|vacation) ?(?:reply|response|message"
    r"|answer|notification|mail|e mail|responder|autoreply)",
    r"auto ?(?:reply|response)|out of (?:the )?office ?:|(?:reponse|message|courriel|mail|notification|e "
    r"mail) automatiques?|absence du bureau",
    *_UNDELIVERED,
    r"(?:do not|please do not|ne pas|pas y) (?:reply to|answer|repondre a?) ?(?:this|ce)? ?(?:automated"
    r"|automatic|automatique)",
)
"""A machine says of itself that it is one."""

_AWAY: Final = (
    r"(?:am|currently|be|will be) (?:\w+ )?(?:out of (?:the )?office|on (?:\w+ )?(?:leave|vacation"
    r"|holidays?)|away|travelling|traveling|absent|ooo)",
    r"^(?:out of (?:the )?office|ooo|on (?:annual )?leave)",
    r"(?:suis|actuellement|serai|suis actuellement) (?:\w+ )?(?:absente?|en (?:conges?|vacances"
    r"|deplacement|formation|arret|rtt)|hors du bureau|indisponible)",
    r"^(?:absente?|en conges?|actuellement absente?)",
)
"""Somebody is not there: with one of `_RETURN`, a machine says it for them."""

_RETURN: Final = (
    r"until|till|will be back|back on|be back|return|returning|limited access|no access|urgent|urgence"
    r"|urgently|in my absence|from \w+ \w+ (?:to|until)|will reply|will respond|will answer",
    r"jusqu|de retour|a mon retour|en mon absence|acces limite|du \d+ au|reviens le|reprendrai|prendrai "
    r"connaissance|inclus|contacter|contactez",
)

HUMAN: Final = as_set(
    "test tested testing check checked ticket close closed solved resolved fixed works working problem "
    "issue broken still screen printer call tester teste verifier verifie cloturer fermer resolu regle "
    "marche fonctionne probleme souci panne appelez appeler rappeler imprimante ecran toujours "
)
"""Somebody who is away and speaks of the matter is no machine; it may be a no."""


def _anywhere(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(
        "|".join(
            rf"\b(?:{with_parts(pattern)})\b" if pattern[0] != "^" else with_parts(pattern) for pattern in patterns
        )
    )


IS_NEGATIVE: Final = _anywhere(_NEGATIVE)
IS_AUTOMATIC: Final = _anywhere(_AUTOMATIC)
_IS_UNDELIVERED: Final = _anywhere(_UNDELIVERED)
_LONGEST_REPORT: Final = 2000
"""Characters of a server's mail in which it is looked for: what was sent is quoted below."""
IS_AWAY: Final = _anywhere(_AWAY)
IS_RETURN: Final = _anywhere(_RETURN)


def says_undelivered(text: str) -> bool:
    """Whether an automatic mail says that ours could not be delivered; that somebody is away does not."""
    letters = unicodedata.normalize("NFKD", text[:_LONGEST_REPORT].lower())
    plain = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return _IS_UNDELIVERED.search(" ".join(re.findall(r"[a-z0-9]+", plain))) is not None
