"""The words of a reply: alike whatever way they are written, and which of them always mean something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def as_set(words: str) -> frozenset[str]:
    """The words of a list that is easy to read and to sort."""
    return frozenset(words.split())


MEANINGFUL: Final = as_set(
    # pronouns, auxiliaries, negations
    "i you he she it we they me him us them who whom what which when where why how whether if then else "
    "am is are was were be been being has have had do does did done doing will would shall should can "
    "could may might "
    "must need needs not no nor none never nothing nobody neither without un unable cannot "
    "je j tu il elle on nous vous ils elles y en qui que qu quoi quand ou comment pourquoi si sinon "
    "suis es est sommes etes sont etait etaient sera seront serait ete ai as a avons avez ont avait aura aurait "
    "fait faire faut faudra faudrait doit devrait devraient dois peut peux peuvent pouvez pourrait pourra "
    "ne n pas plus point rien jamais aucun aucune personne ni sans non no nan "
    # doubt, limits, contrast, condition
    "the but for however though although yet still only just except unless until till while during before after once "
    "soon "
    "later maybe perhaps probably possibly apparently seems seem seemed supposedly allegedly almost nearly mostly "
    "partly partially somewhat kind sort barely hardly half some any few several part parts most many one two three "
    "first second third last other others another rest remaining next same different old again always "
    "often sometimes "
    "usually normally occasionally temporarily currently tomorrow tonight hope hopefully think thinks thought guess "
    "believe suppose assume assuming expect wish want wants said say says told tell tells claims ask asked wrote "
    "wonder sure promise really supposed also too plus besides moreover additionally ps nb otherwise instead rather "
    "than like as because since so and or et ou "
    "mais cependant toutefois pourtant neanmoins quoique encore toujours seulement juste sauf excepte hormis hors "
    "tant jusque jusqu pendant avant apres des lorsque lorsqu bientot probablement apparemment semble "
    "semblent parait presque quasi quasiment partiellement moitie certains certaines quelques plusieurs partie "
    "plupart un une deux trois premier premiere second seconde deuxieme dernier derniere autre autres reste suivant "
    "meme ancien parfois souvent normalement temporairement actuellement demain espere esperons pense pensais crois "
    "croyais suppose imagine attends attend souhaite veux voudrais dit disait demande aussi egalement ailleurs "
    "contre revanche sinon plutot alors donc car puisque parce comme "
    # problems
    "problem problems issue issues error errors bug bugs fault trouble difficulty concern incident "
    "broken break breaks "
    "crash crashes crashing crashed fail fails failed failing failure wrong bad worse worst slow slower missing lost "
    "down dead stuck blocked blank black empty frozen freezes hangs unreadable useless impossible incorrect refuses "
    "denied warning alert noise complaint late delay pending waiting wait open reopen reopened opened "
    "gone disappeared "
    "stopped stops disconnected closed cancelled "
    "probleme problemes souci soucis erreur erreurs panne pannes bogue anomalie difficulte defaut casse cassee "
    "bloque bloquee bloques plante hs lent lente lenteur mauvais pire manque manquant perdu perdue vide noir "
    "noire gele fige impossible incorrect faux refuse alerte bruit retard attente rouvrir ouvert ouverte disparu "
    "disparue coupe coupee arrete annule ferme fermee "
    # requests
    "please help call send give show explain check test try look see let get question request urgent asap "
    "svp aide aider appeler appelez envoyer envoyez donner donnez montrer expliquer verifier tester "
    "essayer voir voyez "
    "question urgence pourriez "
    # yes, thanks
    "monday tuesday wednesday thursday friday saturday sunday today week time date noon anyway "
    "nonetheless regardless "
    "lundi mardi mercredi jeudi vendredi samedi dimanche semaine heure date midi tout toute tous message "
    "messages sound son "
    "ah oh eh tiens bien tres very well bon "
    "blanks white attacker nothing works working "
    "every each chaque now all both everything everyone everybody maintenant desormais "
    "puis ensuite afterwards subsequently meanwhile zero little fewer less either peu mal trop vaguement soi disant "
    "fake false weird strange odd bizarre etrange blue bleu red rouge popup window fenetre alarm alarme spam virus "
    "kinda sorta lol haha meh bof mdr ptdr hmm hum euh bah tsk sigh ugh nearly "
    "yes oui ok thanks thank merci hello hi bonjour solved resolved fixed resolu regle"
)
"""Pronouns, negations, doubts, limits, problems, requests: no gap of a phrase takes one of these."""

CONNECTORS: Final = as_set(", and et so donc then alors as because car puisque thus therefore please svp kindly ")
"""May stand between two phrases, and say nothing."""

_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("thx", "thks", "thnx", "tx", "tks", "ty", "tnx", "thanx", "thankyou", "tysm"), "thanks"),
    **dict.fromkeys(("mci", "mrc", "mercii", "merciii"), "merci"),
    **dict.fromkeys(("yep", "yup", "yeah", "yea", "yess", "yesss", "yeap", "aye"), "yes"),
    **dict.fromkeys(("ouais", "ouep", "ouii", "ouiii", "vi"), "oui"),
    **dict.fromkeys(("nope", "nah"), "no"),
    **dict.fromkeys(("okay", "oki", "okey", "okk", "okie", "k"), "ok"),
    **dict.fromkeys(("svp", "stp"), "svp"),
    **dict.fromkeys(("pls", "plz", "plse"), "please"),
    **dict.fromkeys(("sloved", "solvd", "sovled", "solveed"), "solved"),
    **dict.fromkeys(("resloved", "resovled", "reslved", "ressolved"), "resolved"),
    **dict.fromkeys(("wroking", "workin", "workng", "woking", "wokring"), "working"),
    **dict.fromkeys(("fonctione", "fontionne", "fonctionnne", "fonctionnes", "foncionne"), "fonctionne"),
    **dict.fromkeys(("tiket", "tikcet", "tickect", "ticker"), "ticket"),
    **dict.fromkeys(("probelm", "porblem", "prblem", "problm"), "problem"),
    **dict.fromkeys(("thansk", "thnaks", "thaks", "thx"), "thanks"),
    "wroks": "works",
    "marhce": "marche",
    "fixd": "fixed",
    "clsoe": "close",
    "thnak": "thank",
    "problme": "probleme",
    **dict.fromkeys(("pb", "pbm", "prob", "pbs"), "probleme"),
    "nan": "non",
    "bcp": "beaucoup",
    "u": "you",
    "ur": "your",
    "its": "it is",
    "thats": "that is",
    "im": "i am",
    "ive": "i have",
    "dont": "do not",
    "doesnt": "does not",
    "isnt": "is not",
    "cant": "can not",
    "cannot": "can not",
    "hasnt": "has not",
    "didnt": "did not",
    "wont": "will not",
    "arent": "are not",
    "wasnt": "was not",
    "cest": "c est",
    "jai": "j ai",
    "jarrive": "j arrive",
    "jarrives": "j arrive",
    "tt": "tout",
    "ts": "tous",
    "ct": "c etait",
    "yesterdays": "yesterday",
    "&": "and",
    "wo": "will",
    "ai": "ai",
    "mr": "m",
    "mme": "madame",
    "mtn": "maintenant",
    "mnt": "maintenant",
    "vs": "vous",
    "ds": "dans",
    "prblm": "probleme",
    "pblm": "probleme",
    "tjs": "toujours",
    "tjrs": "toujours",
    "ap": "apres",
    "rdy": "ready",
}
_SHORT: Final[Mapping[str, str]] = {"s": "is", "re": "are", "m": "am", "ve": "have", "ll": "will", "d": "would"}
_ELIDED: Final = as_set("c d j l m n qu s t jusqu lorsqu puisqu aujourd quelqu presqu ")


def canonical(word: str) -> str:
    """One folded word as the patterns have it; may become several, or stay as it is."""
    if word.count("'") > 2:
        return word  # no word of a person
    if "'" in word:
        head, _, tail = word.partition("'")
        if head in _ELIDED:
            return f"{head} {canonical(tail)}".strip()
        if word == "let's":
            return "let us"
        if tail == "t" and head.endswith("n"):
            return f"{ {'ca': 'can', 'wo': 'will', 'sha': 'shall'}.get(head[:-1], head[:-1]) } not"
        return f"{canonical(head)} {_SHORT.get(tail, tail)}".replace("'", " ").strip()
    return _WORDS.get(word, word)
