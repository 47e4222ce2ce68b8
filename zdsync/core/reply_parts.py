"""What the patterns of `reply_phrases.py` are put together from, and how a pattern becomes a regular expression."""

from __future__ import annotations

import re
from typing import Final

from zdsync.core.reply_words import MEANINGFUL

_PARTS: Final[dict[str, str]] = {
    # The thing that was asked for
    "TICKET": r"(?:ticket|case|request|issue|incident|matter|problem|call|query|enquiry|one|bug|demande)",
    "NO": r"(?: (?:number|no|nr|n|num|numero))? \d+",
    "PROBLEM": r"(?:problem|issue|error|bug|incident|trouble|fault|glitch)s?",
    "ASKED": (
        r"(?:(?:the|my|our|this|that|your|whole|all|both|these|those) ){0,2}(?:ticket|case|request|issue"
        r"|incident|matter|problem|error|bug|question|query|enquiry|fault|glitch|thing|probleme|demande"
        r"|souci)s?(?:{NO})?"
    ),
    "IT": r"(?:{ASKED}|(?:it|this|that) all|all of it|it|this|that|everything|all)",
    "OBJECT": r"(?:(?:(?:the|my|our|this|that|your) {TICKET}|ticket|case|request|incident)(?:{NO})?|it|this|that)",
    "DEMANDE": r"(?:ticket|demande|incident|dossier|cas|requete|appel|probleme|sujet|case|souci|bug|issue|request)",
    "OBJET": r"(?:(?:le|la|l|ce|cet|cette|mon|ma|notre|votre|ton) )?{DEMANDE}s?(?:{NO})?",
    "PANNE": r"(?:probleme|souci|incident|bug|anomalie|erreur|blocage|dysfonctionnement|panne|difficulte|lenteur)s?",
    "SUJET": (
        r"(?:(?:(?:le|la|l|ce|cet|cette|mon|ma|notre|mes|nos|les|votre) )?{DEMANDE}s?(?:{NO})?|(?:le|la|l|ce"
        r"|cet|cette|mon|ma|notre|les|mes|nos|tous les|tous mes|tous nos|toutes les|toutes mes|les deux) "
        r"{PANNE})"
    ),
    "CA": r"(?:ca|cela|sa|tout cela|tout ca|tout)",
    # Adverbs
    "NOW": (
        r"(?:now|again|once more|as before|as it was|how it was|like it was|the way it was|like before|as "
        r"usual|as expected|as it should)"
    ),
    "ADV": (
        r"(?:(?:now|all|again|already|completely|fully|indeed|definitely|well|totally|finally|both|just"
        r"|actually) )*"
    ),
    "WELL": (
        r"(?:(?:very|really|just|super|absolutely|all|so) )?(?:fine|well|perfectly|great|properly|correctly"
        r"|smoothly|flawlessly|like a charm|like a dream|like magic|beautifully|wonderfully|ok|good|nicely)"
    ),
    "MAINTENANT": r"(?:maintenant|a nouveau|de nouveau|desormais|a present|comme avant|now)",
    "BIEN": (
        r"(?:bien|tres bien|vraiment bien|parfaitement|correctement|nickel|impeccable|super bien|super|sans "
        r"souci|sans probleme|comme il faut|comme prevu|comme d habitude|a merveille)"
    ),
    "ADVF": (
        r"(?:(?:bien|maintenant|desormais|enfin|totalement|completement|entierement|parfaitement|de nouveau|a "
        r"nouveau|bel et|tout a fait|deja|definitivement|donc|effectivement|a present|tout|tous|toutes) )*"
    ),
    # Predicates
    "SOLVED": (
        r"(?:solved|resolved|fixed|sorted(?: out)?|settled|repaired|rectified|corrected|taken care of"
        r"|addressed|dealt with|back to (?:normal|how it was|the way it was|business)|in order|resolu|regle)"
    ),
    "DONE": r"(?:done|completed|complete|finished|closed|over|handled|processed|treated|granted|fulfilled)",
    "RESOLU": (
        r"(?:resolu(?:e|t)?s?|regle(?:e|r)?s?|reparee?s?|corrigee?s?|solutionnee?s?|arrangee?s?|debloquee?s?"
        r"|retablie?s?|rentree?s? dans l ordre|revenue?s? a la normale|en ordre|remise?s? en (?:ordre|etat"
        r"|service)|operationnel(?:le)?s?|solved|fixed|resolved|sorted)"
    ),
    "FINI": r"(?:traitee?s?|terminee?s?|finie?s?|close?s?|completee?s?|achevee?s?|faite?s?|satisfaite?s?|done)",
    # Things and people
    "DET": (
        r"(?:the|my|our|his|her|this|that|your|these|all|both|both the|both my|all three|all two|all four|all "
        r"of the|all of our|the two|the three|the whole|all the|all my|all your|all of my|all our|new)"
    ),
    "THING": r"(?:(?:{DET} )~(?: ~){0,4}|~(?: ~)?)",
    "DETF": (
        r"(?:le|la|l|les|mon|ma|mes|notre|nos|votre|son|sa|ses|ce|cet|cette|ces|tous les|tous nos|toutes nos"
        r"|toutes mes|tous vos|les deux|les trois|mes deux|nos deux|nos trois|toutes les|tous mes)"
    ),
    "CHOSE": r"(?:{DETF} mise a jour|{DETF} ~(?: ~){0,6}|~)",
    "WE": (
        r"(?:i|we|they|he|she|everyone|everybody|all users|all of us|the (?:whole |entire )?team|people|all "
        r"(?:my |our |the )?colleagues)"
    ),
    "ONS": (
        r"(?:je|on|nous|il|elle|ils|elles|tout le monde|tous les utilisateurs|toute l equipe|l equipe|les "
        r"collegues)"
    ),
    "DO": (
        r"(?:access|log in|login|log on|sign in|connect|print|work|send|receive|use|read|save|edit|open|scan"
        r"|join|log into|upload|download|reach|get in|get into|continue)"
    ),
    "FAIRE": (
        r"(?:acceder|me connecter|se connecter|nous connecter|imprimer|travailler|envoyer|recevoir|utiliser"
        r"|lire|enregistrer|modifier|ouvrir|scanner|consulter|telecharger|entrer|retrouver|continuer|avancer"
        r"|telephoner)"
    ),
    "CLOSE": r"close",
    "CLORE": (
        r"(?:cloturer|fermer|clore|close|closer|cloture|clos|classer|solder|cloturez|ferme|fermez|cloturee"
        r"|archiver)"
    ),
    "HELP": (
        r"(?:help|support|assistance|answer|reply|response|work|time|patience|effort|efforts|service|fix"
        r"|update|information|info|advice|follow up|followup|quick turnaround|intervention|efficiency"
        r"|kindness|attention|feedback|message|mail|email|e mail|call|reminder|note|visit|confirmation"
        r"|solution)"
    ),
    "AIDE": (
        r"(?:aide|intervention|rapidite|reactivite|retour|reponse|patience|efficacite|soutien|support"
        r"|assistance|disponibilite|travail|service|professionnalisme|gentillesse|resolution|suivi"
        r"|information|informations|info|infos|mise a jour|prise en charge|accompagnement|diligence|celerite"
        r"|depannage|effort|efforts|implication|attention|comprehension|ecoute|solution|temps|message|mail"
        r"|confirmation)"
    ),
    "ADJ": (
        r"(?:(?:very |so )?(?:quick|fast|great|kind|prompt|swift|precious|valuable|excellent|speedy|rapid"
        r"|rapide|rapides|precieuse|precieux|efficace|excellent|excellente|super|bonne|bon|grande|aimable"
        r"|prompte))"
    ),
    "WHEN": (
        r"(?:this|since|as of|since this|since yesterday|yesterday) (?:morning|afternoon|evening|lunchtime"
        r"|lunch|noon|yesterday|today|monday|tuesday|wednesday|thursday|friday|then|your (?:visit|call|update"
        r"|fix|change|intervention|reply|mail|message)|the (?:update|fix|change|restart|reboot|intervention"
        r"|reset))"
    ),
    "QUAND": (
        r"depuis (?:ce matin|cet apres midi|hier|hier soir|hier matin|lundi|mardi|mercredi|jeudi|vendredi"
        r"|aujourd hui|(?:la|l|le|votre|vos|ton) (?:mise a jour|intervention|redemarrage|changement"
        r"|correction|passage|appel|modification|reinitialisation|visite|maj))(?: d hier| ce matin| hier)?"
    ),
    "WHERE": (
        r"(?:on|at|from|for|with) (?:my|our|the|this) (?:side|end|part|pc|laptop|computer|machine|desk"
        r"|account|office|mac|workstation|team|users?|colleagues?|whole team|entire team|department)"
    ),
    "OU": (
        r"(?:de|sur|pour|chez|a) (?:mon|ma|notre|le|la|l|toute l|tout le) (?:cote|part|pc|poste|ordinateur"
        r"|portable|machine|compte|bureau|mac|equipe|service|monde|agence)"
    ),
    "MADE": (
        r"(?:created|added|updated|modified|corrected|delivered|received|installed|sent|refunded|paid"
        r"|replaced|changed|transferred|activated|unlocked|reset|restored|configured|approved|granted"
        r"|processed|moved|migrated|extended|renewed)"
    ),
    "CREE": (
        r"(?:cree|ajoute|mis a jour|mise a jour|modifie|corrige|livre|recu|installe|envoye|rembourse|paye"
        r"|remplace|change|transfere|active|debloque|reinitialise|restaure|configure|valide|accorde|attribue"
        r"|autorise|verse|expedie|traite|prolonge|renouvele)e?s?"
    ),
    "HAS": r"(?:is|are|was|were|has been|have been|is been|got|has now been|have now been|has just been)",
    "EST": r"(?:est|sont|a ete|ont ete|a bien ete|ont bien ete|vient d etre|viennent d etre|a pu etre)",
    "THE": r"{DET} ~(?: ~){0,4}",
    "LE": r"{DETF} ~(?: ~){0,6}",
}

FREE_MARK: Final = "°"
"""Stands behind each word that is not in `MEANINGFUL`: so a gap needs no list of what it must not be."""


def marked(word: str) -> str:
    """A canonical word as the patterns meet it."""
    return word if word in MEANINGFUL or not word[:1].isalpha() else word + FREE_MARK


def with_parts(pattern: str) -> str:
    """The pattern with its parts filled in, for plain canonical words."""
    while (longer := re.sub(r"\{([A-Z_]+)\}", lambda part: _PARTS[part[1]], pattern)) != pattern:
        pattern = longer
    return pattern


def spelled(pattern: str) -> str:
    gap = f"[a-z][a-z0-9]*{FREE_MARK}"
    return with_parts(pattern).replace(" ", f"{FREE_MARK}? ").replace("~", gap)
