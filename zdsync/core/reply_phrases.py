"""The phrases that a reply may be made of, in English and French, and what each kind says.

They are matched on words that `canonical` has made alike: lower case, no accents, contractions written out
(`c'est` is `c est`, `isn't` is `is not`), the usual abbreviations too. In a pattern `{NAME}` stands for the part of
that name in `reply_parts.py`, and `~` for any one word that is free of meaning for us: a thing (“printer”), a place, a
person. A word in `MEANINGFUL` never is one, so that no doubt, negation, condition or problem hides in a gap.

A phrase may end wherever its pattern lets it; no pattern may look ahead, because it is tried on shortened text too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

from zdsync.core.reply_parts import FREE_MARK, spelled

Kind = Literal[
    "clear",
    "close",
    "bare",
    "works",
    "worked",
    "runs",
    "support",
    "did",
    "no",
    "thanks",
    "cause",
    "fine",
    "polite",
    "detail",
    "day",
    "cure",
    "name",
]
"""What a phrase says:

- `clear`: it is settled; `close`: it may be closed; `bare`: yes, to whatever was asked
- `works`: it works, it is said; `worked`: it did when they tried; `runs`: some thing works, which is a yes with thanks
- `support`: a good sign, which makes no yes but goes with one; `did`: a step on the way (tested, received)
- `no`: not settled; `thanks`, and the `cause` of them; `fine`: an acknowledgement; `polite`: greetings, closings
- `detail`: where, for whom, since when; `day`: when; `cure`: after what it was settled; `name`: of a person
"""

_PHRASES: Final[Sequence[tuple[Kind, str]]] = (
    # --- English: settled ---
    (
        "clear",
        r"(?:i|we) (?:did not|have not) (?:see|seen|get|got|have|had|encounter|encountered) (?:the|that|this"
        r"|any) {PROBLEM}(?: (?:again|since|any ?more|this week|{WHEN}))*|(?:je|nous|on) (?:n ai|n avons|n a) "
        r"(?:pas|plus) (?:revu|reeu|constate|rencontre|eu|reconstate) (?:le|l|la|cette|ce|de|d) {PANNE}(?: "
        r"(?:depuis|cette semaine|{QUAND}))*|(?:i |we )?confirm the (?:resolution|closure|closing)(?: of "
        r"{ASKED})?",
    ),
    (
        "clear",
        r"there (?:is|are) no (?:more|further|longer any) {PROBLEM}|{ASKED} (?:has |have )?(?:solved|fixed"
        r"|resolved) (?:itself|themselves|by itself)|(?:{SUJET}|ca|tout) s est (?:bien )?(?:regle|resolu"
        r"|arrange|corrige|retabli)e?s?(?: (?:tout seul|toute seule|tous seuls|de (?:lui|elle) meme))?",
    ),
    (
        "clear",
        r"{THE} (?:is|are) (?:up|back up|running|up and running|back online|back in service|live) (?:again"
        r"|now)|{THE} (?:is|are) (?:back up|up and running|back online|back in service)(?: {NOW})?|(?:tout|c) "
        r"est (?:redevenu|revenu) (?:comme avant|normal|a la normale|en ordre)|{LE} (?:est|sont) (?:bien "
        r")?(?:repartie?s?|remis en route|remise en route|relancee?s?)",
    ),
    ("clear", r"{IT} {HAS} {ADV}(?:solved|resolved|fixed) by (?:your|the|my|our) ~(?: ~)?"),
    (
        "clear",
        r"(?:i|we) (?:do not|no longer) have (?:any|any more|any other|any further|more) {PROBLEM}(?: any "
        r"?more)?|(?:the |this |my |our )?(?:issue|incident|matter|probleme|souci|demande) (?:is |is now "
        r")?(?:closed|cloture|cloturee|close|clos)",
    ),
    (
        "clear",
        r"{THING} (?:is|are) (?:now )?running (?:{WELL})(?: {NOW})?|{THING} (?:runs|loads|starts|opens"
        r"|connects|performs) (?:{WELL}) {NOW}",
    ),
    (
        "clear",
        r"(?:this|that|it) (?:is|was) (?:all|exactly|just)?(?: what)? ?(?:that )?(?:i|we) (?:needed|wanted)"
        r"|exactly what (?:i|we) needed|c est (?:exactement |tout )?ce qu il (?:me|nous) fallait",
    ),
    (
        "clear",
        r"(?:i|we) (?:consider|regard) {OBJECT} (?:as )?(?:solved|resolved|closed|done|completed|complete)"
        r"|(?:je|nous) (?:considere|considerons) {OBJET} comme (?:{RESOLU}|{FINI})|tout est (?:redevenu |de "
        r"nouveau |a nouveau )?normal|c est (?:redevenu|de nouveau|a nouveau) normal|retour a la normale",
    ),
    (
        "clear",
        r"(?:{CHOSE}|ca|cela|c) (?:a|ont) (?:bien )?(?:resolu|regle|corrige|solutionne) (?:le|mon|notre|l|ce"
        r"|tous les|mes|nos) {PANNE}",
    ),
    (
        "clear",
        r"(?:vous|tu|on) (?:pouvez|peux|peut) (?:donc )?(?:le|la) (?:passer|mettre|marquer|considerer) (?:en"
        r"|a|comme) (?:resolue?|clos|close|fermee?|terminee?|regle|solved|closed)",
    ),
    ("clear", r"(?:(?:j ai|on a|je n ai|on n a) )plus (?:le|ce|l|cette|les|ces) (?:message d )?{PANNE}"),
    (
        "clear",
        r"{CHOSE} {EST} (?:bon|bonne|correct|correcte|complet|complete|parfait|parfaite|normal|normale"
        r"|acessible|ouvert)s? (?:maintenant|a present|desormais)|{CHOSE} {EST} (?:maintenant|a present"
        r"|desormais) (?:bon|bonne|correct|correcte|complet|complete|parfait|parfaite|normal|normale)s?",
    ),
    ("clear", r"{IT} {HAS} {ADV}{SOLVED}"),
    (
        "clear",
        r"(?:(?:i|we) (?:am|are)|it is|this is|everything is) {ADV}(?:all )?(?:set|sorted|good now|ok now"
        r"|fine now)|(?:i|we) (?:am|are) now (?:good|ok|fine)",
    ),
    (
        "clear",
        r"(?:all )?(?:solved|resolved|fixed|sorted(?: out)?)|all set|got it (?:fixed|solved|sorted|resolved"
        r"|working)",
    ),
    ("clear", r"(?:(?:the|my|our|this) )?(?:{PROBLEM}|request|ticket|case|matter) {ADV}{SOLVED}"),
    ("clear", r"{ASKED} {HAS} {ADV}(?:done|completed|complete|finished|over|fulfilled|handled|processed|treated)"),
    (
        "clear",
        r"(?:(?:the|my|our|this) )?{PROBLEM} (?:(?:is|has|have|are) )?{ADV}(?:gone|disappeared|vanished"
        r"|cleared|cleared up)",
    ),
    ("clear", r"case closed"),
    (
        "clear",
        r"(?:this|it|that) is (?:no longer|not) (?:an issue|a problem)(?: any ?more| any longer)?|(?:that"
        r"|this) (?:answers|answered) my questions?|my questions? (?:is|are|has been|have been) answered"
        r"|questions? answered",
    ),
    (
        "clear",
        r"(?:i|we) (?:(?:now|just) )?(?:have|got) (?:everything|what|all) (?:that )?(?:i|we) (?:need|needed"
        r"|wanted|asked for)",
    ),
    ("close", r"(?:la )?(?:cloture|fermeture) me (?:va|convient)(?: (?:bien|parfaitement))?"),
    ("close", r"(?:i|we) (?:am closing|are closing|close|will close) (?:the|this|my) (?:ticket|case|request)"),
    (
        "clear",
        r"(?:that|it|this) (?:is|has) (?:sorted|fixed|solved|resolved|done) (?:it|the trick|the {PROBLEM})"
        r"|(?:i am|we are|all|everything is) (?:up and running|back in business|back online|back up|back to "
        r"work|good to go)(?: {NOW})?|good to go",
    ),
    (
        "clear",
        r"(?:(?:the|my|our|this) )?{PROBLEM} (?:no longer exists?|(?:is|are) no longer (?:there|present"
        r"|visible))|(?:i|we) (?:do not|no longer) see (?:the|any|that) {PROBLEM}(?: any ?more)?",
    ),
    (
        "clear",
        r"(?:fully|completely|totally|all|now|already|finally|perfectly) (?:solved|resolved|fixed|sorted"
        r"|working)|(?:all|everything) working(?: {NOW}| {WELL})*",
    ),
    (
        "clear",
        r"(?:the|a|your|this|that|~ the|~ my) ~(?: ~){0,2} (?:solved|fixed|resolved|sorted) (?:it|the "
        r"{PROBLEM}|my {PROBLEM}|everything)",
    ),
    (
        "clear",
        r"(?:no|non|nope)(?: ,)? (?:plus (?:de|d|aucun|aucune) {PANNE}|(?:i have )?no more {PROBLEM}|je n ai "
        r"plus (?:de|d|aucun|aucune|le) {PANNE})|non(?: ,)? c est (?:bon|ok|regle|resolu)(?: ,)? tout "
        r"(?:marche|fonctionne|est ok|est bon)",
    ),
    (
        "clear",
        r"(?:it|this|that|everything|all|all of it) (?:is |are )?(?:all )?{ADV}(?:works?|working) "
        r"{ADV}(?:{WELL} )?(?:and )?{NOW}",
    ),
    ("clear", r"(?:it|this|that) (?:is |does )?(?:all )?(?:now|again) (?:works?|working)(?: {WELL})?"),
    ("clear", r"(?:it |this |that )?does work (?:{WELL} )?{NOW}"),
    ("clear", r"(?:it |all |everything )?(?:works?|working) (?:(?:{WELL}|all|ok) )*{NOW}"),
    (
        "clear",
        r"(?:it (?:all )?|this |that |all )?(?:works|working) (?:perfectly|like a charm|flawlessly)(?: {NOW})?",
    ),
    (
        "clear",
        r"(?:everything|all) (?:works?|is working|runs|is running|functions|is functioning)(?: {WELL}| {NOW})*",
    ),
    (
        "clear",
        r"(?:it|everything|this|all) (?:is |are )?(?:up and running|back up|back to normal|back in order)(?: "
        r"{NOW})?|back to normal",
    ),
    (
        "clear",
        r"(?:everything|all) (?:is|looks|seems ok and is|are) {ADV}(?:fine|ok|good|great|perfect|in order|up "
        r"and running)(?: {NOW})?",
    ),
    (
        "clear",
        r"(?:it|this|that) is {ADV}(?:fine|ok|good) now|(?:it|this|that) is now (?:fine|ok|good)|it is all "
        r"(?:good|fine|ok)(?: now)?",
    ),
    (
        "clear",
        r"all (?:is )?(?:good|ok|fine|well) (?:now|(?:on|at|from) (?:our|my|this) (?:side|end)|here)|all "
        r"(?:good|fine|ok) here",
    ),
    (
        "clear",
        r"(?:it|that|this|your (?:fix|solution)|the (?:fix|solution|update|change|patch|reset|reboot"
        r"|restart)) (?:did the (?:trick|job)|(?:solved|fixed|resolved|sorted)(?: (?:it|the {PROBLEM}|my "
        r"{PROBLEM}|everything|this|that))?(?: out)?)|(?:your|the) (?:fix|solution|workaround) work(?:s|ed)",
    ),
    (
        "worked",
        r"it (?:has |is )?worked|your (?:fix|solution) worked|the (?:fix|solution|update|change|patch|reset"
        r"|reboot|restart|password reset) worked",
    ),
    ("clear", r"that (?:did it|worked|did the trick)|worked (?:{WELL})|got it working"),
    ("clear", r"(?:(?:i|we) )?(?:have |had |see |get )?no (?:more|further) (?:{PROBLEM}|errors?)"),
    (
        "clear",
        r"(?:i|we) (?:no longer|do not) (?:have|see|get|experience) (?:(?:the|any|this|that|an|a) "
        r")?{PROBLEM}(?: any ?more)?",
    ),
    (
        "clear",
        r"{THING} (?:is|are|has been|have been) {ADV}(?:solved|resolved|repaired|restored|unlocked|back "
        r"online|back up|up and running|back to normal)",
    ),
    (
        "clear",
        r"{THING} (?:is|are) (?:(?:available|accessible|online|reachable|stable|operational|usable|functional"
        r"|ok|fine|good|correct|complete|right) ){NOW}|{THING} (?:is|are) (?:now|again) (?:available"
        r"|accessible|online|reachable|stable|operational|usable|functional|ok|fine)",
    ),
    (
        "clear",
        r"{THE} (?:works?|is working|are working|prints?|responds?|scans?|boots?|syncs?|is syncing|is "
        r"printing|are printing|is responding) {ADV}(?:{WELL} )?{NOW}|~(?: ~)? (?:works|syncs|responds) "
        r"{ADV}(?:{WELL} )?{NOW}|{THING} (?:works?|is working) (?:perfectly|like a charm|flawlessly)",
    ),
    ("clear", r"{THE} (?:is|are) (?:now )?working(?: {NOW})|{THE} (?:is|are) now working"),
    (
        "clear",
        r"{WE} (?:can|am able to|are able to|is able to) (?:now |all )?{DO}(?: (?:to|into|on|in|from|it|with"
        r"|my|the|our|~)){0,5} again",
    ),
    (
        "clear",
        r"{WE} can (?:now|again) {DO}(?: (?:to|into|on|in|from|it|with|my|the|our|~)){0,4}|{WE} can {DO}(?: "
        r"(?:to|into|on|in|from|it|with|my|the|our|~)){0,4} now",
    ),
    (
        "clear",
        r"(?:i|we) (?:(?:have|got|have got) )(?:back |my |full )?access(?: (?:to|back|my|the|our|~)){0,4} "
        r"(?:now|again)",
    ),
    # --- English: may be closed ---
    (
        "close",
        r"(?:you|we|i) (?:can|may|are (?:free|welcome) to) (?:now |please |then |go ahead and |safely "
        r"|definitely |simply |therefore )*(?:close|mark|consider) {OBJECT}(?: as (?:solved|resolved|closed"
        r"|done|completed|complete|fixed))?",
    ),
    ("close", r"(?:you|we) (?:can|may) (?:now |please |then |go ahead and |safely )*close"),
    ("close", r"(?:please |kindly |feel free to |go ahead and |go ahead to |do |let us |pls )+close(?: {OBJECT})?"),
    ("close", r"close (?:(?:(?:the|my|our|this|that) )?(?:ticket|case|request|incident)(?:{NO})?|it|this|that)"),
    (
        "close",
        r"(?:please |(?:you|we) (?:can|may) )*(?:proceed|go ahead) (?:with|to) (?:the )?(?:closing|closure"
        r"|close)(?: of)?(?: {OBJECT})?",
    ),
    (
        "close",
        r"(?:(?:it is |i am |we are |that is )?(?:ok|fine|happy|good|ready|alright|all right|free|safe)(?: "
        r"(?:for|with|by) (?:me|us|you))? (?:to|for you to) close)(?: {OBJECT})?",
    ),
    (
        "close",
        r"{OBJECT} (?:can|may) (?:now |then |safely |therefore |also )?be (?:now )?(?:closed|marked as "
        r"(?:solved|resolved|closed)|considered (?:as )?(?:solved|resolved|closed))",
    ),
    (
        "close",
        r"closing (?:{OBJECT} )?is (?:ok|fine)(?: (?:for|with|by) (?:me|us))?|(?:good|ready|fine|ok) for "
        r"clos(?:ing|ure)",
    ),
    (
        "close",
        r"(?:please |kindly )?(?:mark|consider|set) {OBJECT} (?:as |to )?(?:solved|resolved|closed|completed"
        r"|done)|(?:please |you can |you may |go ahead and )+close {OBJECT} out",
    ),
    ("close", r"(?:(?:i am|we are) )?(?:happy|ok|fine|good) for {OBJECT} to be closed"),
    (
        "close",
        r"no (?:more )?(?:problems?|issues?|errors?) (?:any ?more|any longer)|(?:i |we )?have not (?:had|seen"
        r"|got) (?:the|any|this|that) {PROBLEM}(?: (?:again|since|any ?more|{WHEN}))*|(?:the|my|our|this) "
        r"{PROBLEM} (?:has not (?:come back|returned|reappeared|occurred)|(?:does not|no longer) (?:appears?"
        r"|occurs?|happens?|shows?)(?: up)?)(?: (?:again|since|any ?more|{WHEN}))*",
    ),
    # --- French: settled ---
    (
        "clear",
        r"(?:{CA}|c|il|elle|{SUJET}) {EST} {ADVF}{RESOLU}|(?:c|tout|(?:(?:mon|notre|le) )?probleme|demande"
        r"|incident) {ADVF}{RESOLU}",
    ),
    ("clear", r"tout (?:est|a ete) {ADVF}{FINI}"),
    ("clear", r"{SUJET} (?:{EST} )?{ADVF}{FINI}"),
    ("clear", r"(?:probleme|souci|demande|incident|ticket|tout|bien|bug)? ?{RESOLU}"),
    ("clear", r"(?:(?:le|mon|ce|notre|l) )?{PANNE} (?:a|ont) (?:bien |totalement |enfin )?disparue?s?"),
    (
        "clear",
        r"(?:{CA}) (?:re)?(?:marche|fonctionne|remarche|refonctionne|roule|tourne)(?: (?:{BIEN}|{MAINTENANT}"
        r"|tout))+",
    ),
    ("clear", r"(?:{CA}|c est) (?:{MAINTENANT} )?(?:remarche|refonctionne|reparti)"),
    ("clear", r"{MAINTENANT} (?:c est (?:ok|bon)|ca (?:marche|fonctionne))"),
    ("clear", r"tout (?:marche|fonctionne|remarche|refonctionne|roule)(?: (?:{BIEN}|{MAINTENANT}))*"),
    (
        "clear",
        r"tout (?:ok|bon|est (?:ok|bon|parfait|nickel|impeccable|fonctionnel|good))|c est tout (?:bon|ok"
        r"|good)|tout (?:est )?(?:bien )?(?:rentre|rentree) dans l ordre",
    ),
    ("clear", r"c (?:est )?(?:tout )?(?:ok|bon|good) {MAINTENANT}|c est {MAINTENANT} (?:ok|bon)"),
    (
        "clear",
        r"tout (?:va|est) bien(?: (?:maintenant|desormais|a present))?|ca va (?:bien )?{MAINTENANT}|tout est "
        r"(?:bien )?(?:revenu|retabli)|je (?:vous )?confirme (?:le|du) (?:bon|parfait) fonctionnement",
    ),
    ("clear", r"ca y est(?: {CA} (?:re)?(?:marche|fonctionne)| c est (?:bon|resolu|regle|fait|ok))"),
    (
        "clear",
        r"vous avez (?:bien )?repondu a (?:ma question|mes questions|toutes mes questions)|j ai (?:eu )?ma "
        r"reponse|j ai (?:bien )?tout ce qu il (?:me faut|me fallait)|(?:je|on) (?:ferme|cloture|clos) (?:le"
        r"|ce|mon|la) {DEMANDE}",
    ),
    (
        "clear",
        r"(?:j ai|nous avons|on a|tout le monde a) (?:bien )?{MAINTENANT} (?:acces|internet|le reseau|la "
        r"connexion|le wifi|mes mails|mes fichiers|mes dossiers|mes donnees)|(?:internet|le reseau|la "
        r"connexion|le wifi|le courant|l acces|le dossier|le fichier) (?:est|sont) (?:bien )?revenue?s?",
    ),
    ("clear", r"affaire classee|mission accomplie|(?:le )?{PANNE} est derriere nous"),
    ("worked", r"ca a (?:bien |parfaitement )?(?:marche|fonctionne)(?: {BIEN})?"),
    (
        "clear",
        r"(?:(?:je|nous|on|il) (?:n ai|n avons|n a|n y a) |il n y a )?plus (?:de|d|aucun|aucune|le|ce|l"
        r"|cette) (?:message d )?{PANNE}",
    ),
    (
        "clear",
        r"(?:je|nous|on) (?:n ai|n avons|n a|ne rencontre|ne rencontrons) plus (?:de|d|aucun|aucune|le|ce|l"
        r"|cette|du tout ce) (?:message d )?{PANNE}",
    ),
    (
        "clear",
        r"{CHOSE} {EST} {ADVF}(?:reparee?s?|corrigee?s?|debloquee?s?|retablie?s?|operationnel(?:le)?s?"
        r"|resolue?s?|fixed|solved|(?:de nouveau|a nouveau|maintenant|desormais|enfin) (?:accessible"
        r"|disponible|fonctionnel(?:le)?|en ligne|stable|ok|utilisable|joignable|active|actif)s?)",
    ),
    (
        "clear",
        r"{CHOSE} (?:(?:marche|fonctionne|imprime|repond|scanne|synchronise)(?:nt)?)(?: {BIEN})?(?: "
        r"{MAINTENANT})+",
    ),
    ("clear", r"{CHOSE} (?:(?:remarche|refonctionne|reimprime)(?:nt)?)(?: {BIEN})?"),
    (
        "clear",
        r"(?:{ONS} )(?:arrive|arrivons|peut|peux|peuvent|pouvons|arrivent) (?:{MAINTENANT} |bien )+(?:a "
        r")?{FAIRE}(?: (?:a|au|aux|sur|dans|le|la|les|mon|ma|mes|l|~)){0,5}",
    ),
    (
        "clear",
        r"(?:je|on|nous) (?:peux|peut|pouvons) {FAIRE}(?: (?:a|au|aux|sur|dans|le|la|les|mon|ma|mes|l"
        r"|~)){0,5} {MAINTENANT}",
    ),
    (
        "clear",
        r"j arrive (?:{MAINTENANT} |bien )+a {FAIRE}(?: (?:a|au|aux|sur|dans|le|la|les|mon|ma|mes|l|~)){0,5}"
        r"|j arrive a {FAIRE} {MAINTENANT}",
    ),
    (
        "clear",
        r"(?:j ai|nous avons|on a) (?:{MAINTENANT} |bien )*(?:{MAINTENANT}) (?:l )?acces(?: (?:a|au|aux|mon"
        r"|ma|mes|la|le|l|les|~)){0,4}",
    ),
    (
        "clear",
        r"(?:je (?:vous )?(?:re)?(?:confirme|valide)|confirmation de) (?:bien )?(?:la|le|ma) (?:bonne "
        r")?(?:resolution|cloture|fin|fermeture|retablissement|reparation)(?: (?:du|de|de la|de l|de ma|de "
        r"mon) {SUJET}| {OBJET}| (?:du|de) {DEMANDE})?",
    ),
    # --- French: may be closed ---
    (
        "close",
        r"(?:vous|tu|on|nous) (?:peux|peut|pouvez|pouvons) (?:donc |maintenant |desormais |bien sur |a "
        r"present |alors |des a present |tout a fait |par consequent )*{CLORE}(?: {OBJET}| le| la| ca)?",
    ),
    ("close", r"(?:vous|tu|on|nous) (?:peux|peut|pouvez|pouvons) (?:donc |maintenant )?(?:le|la|les) {CLORE}"),
    (
        "close",
        r"(?:vous pouvez|tu peux|on peut|vous pouvez donc|merci de|je vous laisse|vous pouvez maintenant) "
        r"(?:bien vouloir |me )?(?:proceder a|considerer) (?:la cloture|{OBJET})(?: (?:du|de|de la|de l|de ma"
        r"|de mon) {DEMANDE})?(?: comme (?:{RESOLU}|{FINI}))?",
    ),
    (
        "close",
        r"(?:merci de|veuillez|je vous (?:laisse|invite a|remercie de|prie de|demande de|autorise a)|n "
        r"hesitez pas a|vous etes libres? de) (?:bien vouloir |donc |me )*{CLORE}(?: {OBJET})?",
    ),
    ("close", r"(?:cloturez|fermez|cloture|ferme|closez) {OBJET}"),
    ("close", r"(?:cloturez|cloture|cloturer) (?:le|la|ca)|(?:fermez|ferme) (?:le|ca)"),
    (
        "close",
        r"{OBJET} (?:peut|peuvent|pourrait|est) (?:donc |maintenant |desormais |a )*(?:etre )?(?:maintenant "
        r"|donc )?(?:cloturer|fermer|clore)",
    ),
    (
        "close",
        r"{OBJET} (?:peut|peuvent) (?:donc |maintenant |desormais |a present )*etre (?:donc |maintenant "
        r")?(?:cloturee?s?|fermee?s?|close?s?|closed|cloturer|fermer|classee?s?)",
    ),
    ("close", r"(?:{OBJET} )?a (?:cloturer|fermer|clore)"),
    (
        "close",
        r"(?:ok|bon|d accord|c est bon|c est ok) pour (?:la |une )?(?:cloture|fermeture|cloturer|fermer"
        r"|clore)(?: (?:du|de|de la|de l) {DEMANDE}| {OBJET})?|cloture ok",
    ),
    (
        "clear",
        r"(?:(?:le|mon|ce|cette|l|la|notre) )?(?:message d )?{PANNE} (?:ne se (?:produit|reproduit|presente"
        r"|manifeste) plus|n apparait plus|n est plus (?:la|present|presente)|n (?:est|a) (?:pas|plus) "
        r"(?:revenue?|reapparue?))",
    ),
    ("clear", r"~(?: ~){0,2} (?:retablie?s?|reparees?|debloquees?|corrigees?|operationnel(?:le)?s?|reinitialisees?)"),
    # --- yes, to whatever was asked ---
    (
        "bare",
        r"(?:just|simply|writing|i am writing|this is|i wanted|i just wanted) to confirm(?: that)?|(?:juste "
        r"|simplement |c est )?pour (?:vous )?confirmer(?: que| qu)?",
    ),
    (
        "bare",
        r"(?:affirmatif|exact|exactement|certainement|en effet|carrement|by all means|go for it|feel free"
        r"|please do so|be my guest|you (?:can|may)|we can|it can|of course you can|bien sur que oui)",
    ),
    ("bare", r"(?:yes|oui)(?: ,)? (?:en effet|exact|affirmatif|you can|you may|we can|it can|c est le cas)"),
    (
        "bare",
        r"(?:yes|oui)(?:(?: ,)? (?:yes|oui|indeed|absolutely|of course|definitely|certainly|exactly"
        r"|effectivement|absolument|tout a fait|exactement|bien sur|volontiers|parfaitement|sure|it is|it "
        r"does|it has|they are|we are|i am))?",
    ),
    ("bare", r"(?:yes|oui) (?:for (?:me|us)|on (?:my|our) side|pour (?:moi|nous)|de (?:mon|notre) cote)"),
    (
        "bare",
        r"(?:yes|oui|ok|d accord) pour (?:la )?(?:cloture|fermeture)|(?:cloture|fermeture) (?:acceptee"
        r"|validee|ok)",
    ),
    (
        "bare",
        r"(?:confirmed|affirmative|absolutely|definitely|indeed|certainly|tout a fait|absolument"
        r"|effectivement|exactement|of course|bien sur|yes it is|correct)",
    ),
    (
        "bare",
        r"(?:(?:i|we) (?:can |hereby |do |also )*|i am (?:happy|pleased|glad) to |happy to |just |this is to "
        r"|to )confirm(?:ing)?",
    ),
    (
        "bare",
        r"(?:(?:i|we) (?:can |hereby |do |also )*|i am (?:happy|pleased|glad) to |happy to |just |this is to "
        r"|to )confirm(?:ing)? (?:that|it|this)",
    ),
    (
        "bare",
        r"(?:je|nous|j) (?:vous |te |t )?(?:le |l )?(?:confirme|confirmons|valide|atteste)(?: (?:bien|le|ca"
        r"|cela|donc|par la presente))*(?: (?:que|qu))?|confirme",
    ),
    ("works", r"(?:(?:il|elle|ils|elles) )?fonctionne(?:nt)?(?: {BIEN})?|(?:is |are )?(?:running|up and running)"),
    (
        "works",
        r"(?:no|nothing) (?:further|more|else)(?: (?:action|actions|help|support|assistance|is|are|to do"
        r"|required|needed|necessary|from your side|from you))*|plus besoin (?:d aide|de rien|de votre aide)"
        r"|(?:je n ai|nous n avons) plus besoin (?:d aide|de rien|de votre aide|de vous)|plus rien a (?:faire"
        r"|signaler)|no longer needed|(?:i|we) (?:no longer|do not) need (?:any )?(?:help|further help"
        r"|support|assistance)(?: any ?more)?",
    ),
    (
        "works",
        r"all (?:clear|ok|set)|happy days|tout roule|tout baigne|au top|rien a signaler|(?:ok|good|fine) "
        r"(?:now|maintenant)",
    ),
    ("works", r"(?:it|all|this) (?:is|does) (?:all |now )*working(?: {WELL})*"),
    (
        "works",
        r"(?:(?:it|that|this|all|everything|all of it) )?(?:looks|is looking|seems all) (?:all )?(?:good|fine"
        r"|ok|great|perfect)(?: (?:to|for) (?:me|us))?(?: now)?|(?:all )?done and dusted|c est (?:tres bien"
        r"|parfait|nickel|super)(?: comme (?:ca|cela))|confirmed working",
    ),
    ("works", r"le necessaire (?:a (?:bien )?ete fait|est fait)|(?:the )?necessary (?:has been|was) done"),
    (
        "works",
        r"(?:il|elle) est {ADVF}{FINI}|(?:ca|cela) a (?:bien )?ete {FINI}|all (?:is )?(?:good|fine|ok|well"
        r"|perfect)|(?:everything|all) (?:has been |was |is )?(?:received|arrived|delivered)|j ai (?:bien "
        r")?tout recu|tout est (?:bien )?(?:arrive|recu)",
    ),
    (
        "works",
        r"(?:c est (?:tout )?(?:ok|bon|good|valide)|tout bon|that is (?:ok|good|fine)|it is (?:ok|good|fine)) "
        r"(?:for|with|by|pour|chez|de) (?:me|us|moi|nous|mon cote|notre cote)|(?:is|are) working(?: {WELL}| "
        r"{NOW})*",
    ),
    (
        "bare",
        r"(?:done|closed|completed|solved|finished|ok|clos|close|termine|regle|fini|fait|resolu) (?:from|on"
        r"|for|pour|de) (?:my side|our side|my end|me|us|moi|nous|mon cote|notre cote)",
    ),
    (
        "bare",
        r"(?:ok|good|fine|great|perfect|all good|bon|parfait|valide) (?:for|with|by|pour|chez|de) (?:me|us"
        r"|moi|nous|mon cote|notre cote)",
    ),
    ("bare", r"(?:yes )?(?:please )?(?:do|go ahead|go on|proceed|do so)|yes please do"),
    ("bare", r"(?:vous pouvez y aller|allez y|tu peux y aller|vas y|faites|faites donc|allez|vous pouvez)"),
    ("bare", r"(?:that|it|this) is (?:right|correct)|c est (?:le cas|exact|cela|ca|bien ca|correct)"),
    (
        "bare",
        r"(?:(?:it|this|that|everything|all) (?:is|has been|is been) )?{ADV}(?:done|completed|complete"
        r"|finished|handled)(?: (?:for|on) (?:me|us|my side))?",
    ),
    ("bare", r"(?:c|ca|cela) est {ADVF}{FINI}|c {FINI}|(?:bien )?(?:fait|terminee?|traitee?|finie?)"),
    (
        "bare",
        r"(?:i|we) (?:am|are) (?:all )?(?:good|ok|fine)|(?:on est|nous sommes|je suis) (?:ok|bons?|good)|c "
        r"est (?:bien )?valide|that is it|thats it",
    ),
    ("bare", r"all done"),
    (
        "works",
        r"it (?:is working|works|does work|functions)(?: {WELL})?|(?:ca|cela|sa) (?:fonctionne|marche) "
        r"(?:{BIEN})|works (?:{WELL})",
    ),
    ("works", r"(?:ca|cela|sa) fonctionne|works|working"),
    (
        "works",
        r"tout s est (?:tres )?bien (?:passe|deroule)|everything (?:went|has gone) (?:through )?(?:{WELL})"
        r"|merci d avoir {RESOLU}",
    ),
    ("works", r"(?:that|it|this) is (?:fine|ok|good|perfect)|c (?:est )?(?:ok|bon|good)"),
    ("bare", r"confirming"),
    # --- something works: goes with a yes ---
    (
        "support",
        r"{THING} (?:has|have) been (?:stable|fine|ok|good|working(?: {WELL})?|running(?: {WELL})?)|{CHOSE} "
        r"{EST} (?:bien |tres )?(?:stable|ok|fluide|rapide)s?",
    ),
    ("support", r"(?:ca|cela|sa) marche"),
    ("support", r"(?:j ai|nous avons) (?:bien |enfin |pu )*(?:retrouver?|recuperer?) (?:tous |toutes )?{CHOSE}"),
    ("runs", r"(?:i|we) (?:am|are) (?:now )?able to {DO}(?: (?:to|into|on|in|from|it|with|my|the|our|~)){0,5}"),
    (
        "runs",
        r"{THING} (?:works?|is working|are working|prints?|responds?)(?: {WELL})?|(?:works?|runs?|prints?) "
        r"(?:{WELL})",
    ),
    (
        "runs",
        r"{THING} (?:runs?|opens?|loads?|starts?|boots?) (?:{WELL})|{CHOSE} (?:(?:demarre|tourne|s ouvre|s "
        r"affiche|s allume|charge|arrive)(?:nt)?) (?:{BIEN})",
    ),
    (
        "runs",
        r"{THING} (?:is|are|has been|have been) {ADV}(?:fixed|sorted)|{THING} connects?(?: {WELL}| {NOW})*"
        r"|{CHOSE} se connecte(?:nt)?(?: {BIEN}| {MAINTENANT})*",
    ),
    (
        "support",
        r"{THING} (?:is|are) (?:available|accessible|online|reachable|stable|operational|usable|functional|ok"
        r"|fine|good|correct|complete)(?: now)?",
    ),
    ("runs", r"{WE} can (?:all )?{DO}(?: (?:to|into|on|in|from|it|with|my|the|our|~)){0,5}"),
    (
        "support",
        r"(?:i|we|{THING}) (?:is|are|am) (?:now )?able to {DO}(?: (?:to|into|on|in|from|it|with|my|the|our"
        r"|~)){0,5}|(?:je|on|nous) (?:vois|voit|voyons|retrouve|retrouvons) (?:bien |maintenant |a nouveau "
        r"|de nouveau )*{CHOSE}|(?:i|we) (?:now )?see {THING}(?: (?:again|now))?",
    ),
    (
        "support",
        r"{THING} can {DO}(?: (?:to|into|on|in|from|it|with|my|the|our|~)){0,5}|{CHOSE} (?:peut|peuvent"
        r"|arrive a|arrivent a) {FAIRE}(?: (?:a|au|aux|sur|dans|le|la|les|mon|ma|mes|l|~)){0,5}",
    ),
    (
        "clear",
        r"{THE} can (?:now|again) {DO}(?: (?:to|into|on|in|from|it|with|my|the|our|~)){0,4}|{LE} (?:peut"
        r"|peuvent) {MAINTENANT} {FAIRE}(?: (?:a|au|aux|sur|dans|le|la|les|mon|ma|mes|l|~)){0,5}",
    ),
    (
        "did",
        r"(?:(?:i|we) )?(?:have |just |also )*(?:tested|checked|tried|verified)(?: (?:it|this|again))?(?: "
        r"(?:with|on|in|from) (?:two|three|four|several|other|all|the|our|my|different)? ?~(?: ~)?)|(?:j ai"
        r"|nous avons|on a) (?:bien )?(?:teste|verifie|essaye)(?: (?:avec|sur|dans|depuis) (?:deux|trois"
        r"|plusieurs|d autres|les|tous les|mon|ma|mes|nos)? ?~(?: ~)?)",
    ),
    (
        "did",
        r"(?:(?:it|that) )?(?:opens|prints|loads|connects|starts|rings|runs|scans)(?: (?:the|my|all the"
        r"|~)){0,3}",
    ),
    ("runs", r"{CHOSE} (?:(?:marche|fonctionne|imprime|repond|scanne)(?:nt)?)(?: {BIEN})?"),
    (
        "did",
        r"{CHOSE} (?:(?:demarre|tourne|s allume|s ouvre|s affiche|sonne|charge|arrive|synchronise)(?:nt)?)(?: "
        r"{BIEN})?(?: {MAINTENANT})*|{CHOSE} (?:est|sont) (?:bien )?(?:{MAINTENANT} )?(?:la|visible|present"
        r"|presente|arrive|arrivee|revenu|revenue|installe|installee|livre|livree)s?",
    ),
    (
        "did",
        r"{THING} (?:runs?|opens?|rings?|loads?|connects?|starts?|(?:is|are) (?:arriving|coming in|printing"
        r"|loading|running))(?: {WELL})?(?: {NOW})?|{THING} (?:is|are|has|have) (?:been )?(?:now )?(?:back"
        r"|visible|there|restored|installed|delivered|arrived|received|updated)(?: {NOW})?",
    ),
    (
        "support",
        r"{CHOSE} (?:est|sont) (?:bien )?(?:accessible|disponible|fonctionnel(?:le)?|en ligne|stable|ok|a "
        r"jour)s?",
    ),
    (
        "runs",
        r"(?:{ONS} |j )(?:arrive a|arrivons a|peut|peux|peuvent|pouvons|arrivent a) {FAIRE}(?: (?:a|au|aux"
        r"|sur|dans|le|la|les|mon|ma|mes|l|~)){0,5}",
    ),
    (
        "support",
        r"(?:i|we) (?:have|got|have got) (?:full )?access(?: (?:to|my|the|our|everything|~)){0,4}|(?:j ai"
        r"|nous avons) (?:bien )?acces(?: (?:a|au|aux|mon|ma|mes|la|le|l|les|tout|~)){0,4}",
    ),
    (
        "runs",
        r"(?:i|we) (?:was|were|have been|am|are) (?:now |finally )?able to {DO}(?: (?:to|into|on|in|from|it"
        r"|with|my|the|our|~)){0,5}|(?:i|we) (?:have )?managed to {DO}(?: (?:to|into|on|in|from|it|with|my"
        r"|the|our|~)){0,5}",
    ),
    (
        "runs",
        r"(?:j ai|nous avons|on a) (?:bien |enfin )?(?:pu|reussi a) {FAIRE}(?: (?:a|au|aux|sur|dans|le|la|les"
        r"|mon|ma|mes|l|~)){0,5}",
    ),
    (
        "support",
        r"(?:plus )?rien a signaler|ras|r a s|(?:plus )?(?:aucun|aucune|pas de|sans) {PANNE}|no (?:problems?"
        r"|issues?|errors?)(?: (?:now|so far|at all))?",
    ),
    ("support", r"(?:i|we) (?:have |now )*(?:got|have) (?:my|our|the) (?:full )?access|~(?: ~)? (?:ok|good|bon)"),
    # --- steps on the way ---
    (
        "did",
        r"(?:ca va|c est) (?:bien |beaucoup )?mieux|(?:i am|je suis|nous sommes) (?:very |tres )?(?:happy"
        r"|satisfied|satisfaits?|satisfaite|contente?)(?: (?:with it|with the result|with the solution|du "
        r"resultat))?",
    ),
    (
        "did",
        r"(?:(?:i|we) )?(?:have |just |already )*(?:tested|checked|tried|verified|retested|double checked"
        r"|restarted|rebooted)(?: (?:it|everything|again|and|the fix|with the team))*",
    ),
    (
        "did",
        r"(?:(?:i|we) )?(?:have |just )*(?:received|got|collected|picked up) {THING}|(?:{DETF} )?~(?: ~)? "
        r"(?:bien )?recue?s?|{THING} (?:came through|came in|arrived|(?:has|have) arrived|(?:has|have|was) "
        r"been received|was delivered)",
    ),
    (
        "did",
        r"(?:j ai|nous avons|on a) (?:bien |donc |tout )*(?:teste|verifie|essaye|controle|retest[eé]"
        r"|redemarre)(?: tout)?|je viens de (?:tester|verifier|controler|redemarrer)|apres (?:test|tests"
        r"|verification|controle|redemarrage|essai)s?|test(?:s)? ok|teste",
    ),
    ("did", r"(?:j ai|nous avons|on a) (?:bien |enfin )?(?:recu|recupere) {CHOSE}"),
    (
        "did",
        r"(?:no longer needed|(?:(?:je n ai|nous n avons) )?plus besoin(?: (?:d aide|de rien))?|(?:i|we) "
        r"(?:no longer|do not) need (?:any )?(?:help|further help)(?: any ?more)?)",
    ),
    (
        "did",
        r"(?:(?:i|we) )?(?:have |just |also )*(?:cleared|updated|reinstalled|installed|changed|replaced|reset"
        r"|deleted|removed|reconnected|switched|restarted|rebooted|tried|tested|checked|logged (?:in|out|off"
        r"|on)|restored|followed)(?: {THING}| it| again| back)*",
    ),
    (
        "did",
        r"(?:j ai|nous avons|on a|apres avoir) (?:bien |tout |juste )*(?:vide|reinstalle|installe|change"
        r"|remplace|mis a jour|supprime|reconnecte|redemarre|teste|verifie|essaye|suivi|desinstalle)(?: "
        r"{CHOSE})?|je viens d(?:e)? (?:tester|verifier|controler|redemarrer|essayer|reessayer)|(?:je|nous) "
        r"(?:confirme|confirmons) avoir (?:bien )?(?:recu|recupere) {CHOSE}",
    ),
    (
        "did",
        r"(?:your|the) (?:colleague|technician|engineer|team|it guy) (?:came|called|helped|passed|dropped)(?: "
        r"(?:by|over|me|us|in|round))*|(?:votre|le|un) (?:collegue|technicien) (?:est|a) (?:bien )?(?:passee?"
        r"|appelee?|venue?|intervenue?)",
    ),
    (
        "did",
        r"~(?: ~){0,2} (?:reinitialisee?s?|installee?s?|arrivee?s?|livree?s?|remplacee?s?|mise?s? a jour"
        r"|arrived|delivered|installed|updated)",
    ),
    ("did", r"(?:happy|satisfied|pleased) with (?:the (?:result|outcome|solution)|it|everything)"),
    (
        "did",
        r"{THING} (?:has|have) been {MADE}|{THING} (?:was|were) {MADE}|{CHOSE} (?:a|ont) (?:bien )?ete {CREE}"
        r"|(?:it|that) (?:was|turned out to be) (?:(?:a|an|the|my|just a|only a) )?~(?: ~)?",
    ),
    (
        "did",
        r"(?:everyone|everybody|the (?:customer|user|client|whole team|team)|tout le monde|le client|l "
        r"utilisateur|toute l equipe) (?:is|are|est) (?:happy|satisfied|content|contente|satisfaite?)",
    ),
    (
        "did",
        r"(?:it|that) was (?:a |an |my |the )?(?:(?:wrong|bad|simple|small) )?(?:setting|settings|mistake"
        r"|fault|error|cable|cache|password|typo|misunderstanding|user error)(?: (?:on my side|of mine))?|my "
        r"(?:mistake|bad|fault)|c etait (?:un |une |mon |ma |le |la )?(?:(?:mauvais|mauvaise|simple|petite"
        r"|petit) )?(?:reglage|erreur|faute|cable|cache|mot de passe|fausse manip|manipulation|parametrage"
        r"|parametre)(?: de ma part)?|erreur de ma part|mea culpa",
    ),
    (
        "did",
        r"(?:i |we )?(?:have )?found (?:the|a) (?:solution|answer|cause)(?: (?:myself|ourselves|on my own))?"
        r"|(?:j ai|nous avons) trouve (?:la|une) (?:solution|reponse|cause)(?: (?:moi|nous) memes?)?|no need "
        r"to (?:look|search|investigate|check|do anything)(?: (?:further|any further|into it|more))?"
        r"|(?:inutile|pas la peine|plus besoin) de (?:chercher|regarder|faire|continuer)(?: (?:plus loin"
        r"|davantage|quoi que ce soit))?",
    ),
    (
        "did",
        r"(?:thanks|thank you|merci) (?:in advance|d avance|par avance)|no longer (?:required|necessary"
        r"|relevant)|(?:rien|nothing) (?:a|to) (?:ajouter|add)|(?:bien )?recu {CHOSE}|{THING} (?:has|have) "
        r"been (?:corrected|updated|sent|delivered|changed|replaced|installed|added|refunded|paid|created"
        r"|reset|processed|approved)",
    ),
    (
        "did",
        r"(?:no|any) (?:other |further |more )?questions|nothing else|rien d autre|(?:(?:je n ai|nous n "
        r"avons) )?plus besoin de rien|~ (?:granted|approved)|{THING} went (?:fine|well|ok|smoothly)|(?:j ai"
        r"|nous avons) (?:bien )?(?:retrouve|recupere|pu recuperer) (?:tous |toutes )?{CHOSE}",
    ),
    # --- no ---
    (
        "no",
        r"nothing (?:else|more|further) works?|no (?:more|further) {PROBLEM} please|(?:ca|rien) (?:ne "
        r")?(?:marche|fonctionne) plus",
    ),
    (
        "no",
        r"(?:no|nope|non)(?: (?:no|non|sorry|desole|unfortunately|malheureusement))*|(?:unfortunately"
        r"|malheureusement)(?: (?:no|not|non|pas))?",
    ),
    (
        "no",
        r"not yet|pas encore|toujours pas|toujours rien|toujours pareil|idem|(?:it|they) (?:is|does|has|are) "
        r"not|still not|still nothing",
    ),
    ("thanks", r"ta"),
    # --- thanks ---
    (
        "thanks",
        r"(?:(?:many|huge|big|a thousand|lots of|a million|kind|with|ok|and) )?(?:thanks|thank you)(?: (?:so "
        r"much|very much|a lot|a million|a bunch|again|all|everyone|everybody|guys|team|mate|buddy|folks"
        r"|support|to you|to you both|to you and ~|and ~|to ~|to all|to everyone|to all of you|to the "
        r"(?:whole |entire )?team|indeed|kindly|both))*",
    ),
    (
        "cause",
        r"for (?:calling|helping|visiting|coming|informing|telling|letting me know)(?: (?:me|us|by|back"
        r"|out))*|de (?:m|nous) avoir (?:appelee?|aidee?|repondu|rappelee?|contactee?|depannee?)(?: (?:si "
        r"vite|rapidement|aussi vite))?",
    ),
    (
        "cause",
        r"for (?:(?:your|the|all|this|that|all of|his|her|their|such) )*(?:{ADJ} (?:and )?)*{HELP}(?: and "
        r"(?:your )?(?:{ADJ} )*{HELP})?",
    ),
    (
        "cause",
        r"for (?:fixing|solving|sorting|resolving|looking into|taking care of|helping|handling|repairing"
        r"|getting back|dealing with|following up|checking|checking in|asking|taking the time|responding"
        r"|answering|coming back|your time)(?: (?:it|this|that|me|us|out|with|my|the|{PROBLEM}|{TICKET}|to "
        r"me))*(?: (?:so|very)? ?(?:quickly|fast|promptly|swiftly|soon))?|for (?:everything|being so (?:quick"
        r"|fast|helpful|patient))",
    ),
    (
        "thanks",
        r"(?:much |very much |it is |that is |really |greatly )*appreciated|cheers|(?:great|good|excellent"
        r"|nice|amazing|awesome|fantastic|super|top) (?:work|job|service|support|help)|well done|you (?:are"
        r"|guys are) (?:the best|great|awesome|amazing)|(?:i |we )?(?:really |very much )?appreciate (?:it"
        r"|your {HELP}|the (?:quick |fast )?{HELP})",
    ),
    (
        "thanks",
        r"(?:(?:un|mille|encore|tres|grand|et|tous mes|avec mes|avec) )*(?:merci|mercis|remerciements)(?: "
        r"(?:beaucoup|bien|encore|infiniment|mille fois|tout plein|vraiment|bcp|a (?:vous|toi|tous|toutes"
        r"|vous tous|vous deux|toute l equipe|l equipe)|les gars|l equipe))*(?:(?: et)? a ~)?",
    ),
    (
        "cause",
        r"(?:pour|de) (?:(?:votre|ton|ta|l|tout|la|le|les|vos|tes|toute|toute l|cette|ce) )*(?:{ADJ} "
        r")*(?:{AIDE}|tout)(?: {ADJ})?(?: (?:du|de mon|de notre|de ce) (?:probleme|souci|ticket"
        r"|incident))?(?: et (?:(?:votre|ton|ta|l|la|le|vos) )?(?:{ADJ} )*{AIDE}(?: {ADJ})?)*",
    ),
    (
        "thanks",
        r"merci d avoir (?:{RESOLU}|{FINI}|repondu|pris en charge|fait)(?: (?:ca|cela|le probleme|mon "
        r"probleme|ma demande|aussi|si|vite|rapidement|tres))*|je vous (?:en )?remercie(?: (?:beaucoup"
        r"|infiniment|vivement))?",
    ),
    # --- acknowledgements ---
    (
        "fine",
        r"(?:(?:c est|that is|this is|it is|tout est|et|vraiment|just|simply) )?(?:ok|parfait|super|genial"
        r"|perfect|great|excellent|nice|brilliant|awesome|wonderful|cool|top|nickel|impeccable|fantastic"
        r"|lovely|amazing|splendid|formidable|magnifique|chouette|bravo|good|marvellous|au top|perfectly)",
    ),
    (
        "fine",
        r"(?:bien recu|bien note|c est note|note|noted|received|well received|understood|d accord|entendu"
        r"|tres bien|got it|sure|sounds good|good news|great news|bonne nouvelle|with pleasure|avec plaisir)",
    ),
    # --- politeness ---
    (
        "polite",
        r"(?:sorry|apologies)(?: that)?(?: i)? (?:forgot|for forgetting|for not) (?:to )?(?:answer|reply"
        r"|respond|tell you|answering|replying|responding|close it|close the ticket)(?: (?:sooner|earlier"
        r"|before|you))?|desolee? (?:d avoir (?:oublie|tarde|mis du temps)|de ne pas avoir)(?: (?:de|a))?(?: "
        r"(?:repondre|vous repondre|repondu|cloturer|fermer))?(?: (?:plus tot|avant))?",
    ),
    (
        "polite",
        r"(?:i am |we are )?(?:happy|pleased|glad|delighted) to (?:report|say|tell you|inform you)(?: that)?"
        r"|j ai le plaisir de vous (?:confirmer|informer|annoncer) que?|(?:en )?(?:vous |te )?souhaitant une?"
        r"|(?:you|vous|toi|a vous|a toi) (?:too|aussi|egalement|de meme)|same to you|likewise|pareillement",
    ),
    (
        "polite",
        r"(?:please )?(?:let me know|feel free to (?:contact|reach) (?:me|us|out)|contact me) if you (?:need"
        r"|have) (?:anything(?: else)?|any (?:further |other |more )?(?:questions|information)|(?:more"
        r"|further) information)|(?:n hesitez pas|revenez vers moi)(?: a me (?:contacter|recontacter"
        r"|solliciter))? (?:si (?:besoin|necessaire)|en cas de besoin)|je reste a (?:votre|ta) disposition(?: "
        r"si besoin| en cas de besoin)?",
    ),
    (
        "polite",
        r"rgds|rgrds|brgds|regs|vg|cdlmt|cordial(?:ement)?|thanks and regards|as far as i am concerned|en ce "
        r"qui me concerne|pour ma part|(?:you were|vous aviez|tu avais) (?:right|raison)",
    ),
    (
        "polite",
        r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|coucou|cher|chere"
        r"|hello again|re bonjour|rebonjour)(?: (?:there|all|team|support|everyone|everybody|guys|sir|madam"
        r"|both|again|support team|helpdesk|help desk|service desk|it team|colleagues|madame|monsieur|mme|mr"
        r"|mrs|ms|m|a (?:vous|toi|tous|toutes|toute l equipe)|tous|l equipe|chers collegues|le support))*",
    ),
    (
        "polite",
        r"just letting you know(?: that)?|(?:i|we) (?:just )?(?:have|had) (?:some )?(?:good|great) news|j ai "
        r"(?:une )?(?:bonne|excellente) nouvelle|(?:a )?(?:quick|short) (?:note|message|update)(?: to say(?: "
        r"that)?)?|update",
    ),
    ("polite", r"madame|monsieur|madame monsieur|mesdames messieurs"),
    (
        "polite",
        r"(?:i am |we are )?(?:sorry|apologies|my apologies) for (?:(?:the|my|this|any) )?(?:delay|late reply"
        r"|late answer|late response|trouble|inconvenience|bother|noise|confusion)(?: (?:in|of) (?:replying"
        r"|answering|responding|my reply|my answer))?|desolee? (?:pour|de) (?:(?:le|la|mon|ma|ce) )?(?:retard"
        r"|reponse tardive|derangement|delai)(?: (?:de|dans) ma reponse)?",
    ),
    (
        "polite",
        r"as (?:discussed|agreed|said)(?: (?:on|by|over) (?:the )?(?:phone|telephone))?|(?:comme|tel que) "
        r"(?:discute|convenu|dit)|suite a (?:notre|votre) (?:appel|conversation|echange|mail|message|retour"
        r"|reponse|demande|passage|visite)(?: telephonique)?|following (?:your|the|our) (?:update"
        r"|intervention|call|mail|fix|changes?|visit|message|conversation)",
    ),
    (
        "polite",
        r"(?:(?:and |so )*(?:i )?(?:just )?(?:wanted|want|writing)? ?to (?:let you know|inform you|tell you"
        r"|say)(?: that)?|for your information|fyi|as requested|as agreed|comme convenu|pour info|pour "
        r"information|(?:je (?:voulais|tiens a|tenais a) |juste |c est |un petit mot )*(?:pour |vous "
        r")*(?:vous dire|vous informer|vous signaler|vous prevenir|vous confirmer)(?: (?:que|qu))?|je vous "
        r"informe (?:que|qu))",
    ),
    (
        "polite",
        r"(?:have|enjoy|wishing you|wish you)(?: yourself)? (?:a|an|the|your) (?:very )?(?:(?:nice|good|great"
        r"|lovely|wonderful|pleasant|excellent|fantastic|rest of|rest of your|rest of the) )*(?:day|evening"
        r"|weekend|week|afternoon|morning|one|holiday|night)(?: (?:too|ahead|everyone|all))?",
    ),
    (
        "polite",
        r"(?:(?:tres |une |je vous souhaite |passez |et |excellente |belle |bonne )*)(?:bonne|belle"
        r"|excellente|bon|excellent|beau)(?: (?:et (?:belle|bonne|excellente)))? (?:journee|soiree"
        r"|continuation|semaine|fin de journee|fin de semaine|apres midi|reception|annee|week end|weekend|we"
        r"|dimanche|vacances|fetes)(?: (?:a (?:vous|toi|tous|toutes|toute l equipe)|egalement))?",
    ),
    (
        "polite",
        r"(?:(?:many|kind|kindest|best|warm|warmest|with|with kind|with best|my best) )*(?:regards|wishes)"
        r"|all the best|best|(?:yours )?(?:sincerely|faithfully|truly)|br|kr|take care|bye|ciao|au revoir|a "
        r"bientot|talk soon|see you(?: soon)?|cheers",
    ),
    (
        "polite",
        r"(?:(?:bien|tres|plus|le plus) )*(?:cordialement|sincerement|respectueusement|amicalement"
        r"|chaleureusement)|bien a (?:vous|toi)|cdt|cdlt|crdt|cordlt|(?:(?:mes|avec mes|meilleures|sinceres"
        r"|cordiales|bonnes) )*salutations(?: distinguees)?|bises|bav",
    ),
    ("fine", r"s il (?:vous|te) plait"),
    # --- when, where, for whom ---
    (
        "detail",
        r"(?:now|again|today|yesterday|here|already|indeed|{WELL}|{WHEN}|{WHERE}|(?:for|with) (?:me|us"
        r"|everyone|everybody|all of us|all users|my colleagues|the team|the whole team))",
    ),
    (
        "detail",
        r"(?:{MAINTENANT}|{BIEN}|{QUAND}|{OU}|(?:pour|chez) (?:moi|nous|tout le monde|tous|tous les "
        r"utilisateurs|toute l equipe|ma part)|de (?:mon|notre|ce) cote|aujourd hui|hier|ici|ce matin|deja"
        r"|this morning|de ma part)",
    ),
    (
        "detail",
        r"(?:thanks to (?:you|your {HELP}|the {HELP}|your team)|grace a (?:vous|toi|votre {AIDE}|vos {AIDE})"
        r"|with the new (?:password|link|version|cable|charger|laptop|computer|account)|avec le nouveau "
        r"(?:mot de passe|lien|cable|poste|pc|compte)|after (?:the|your) (?:update|fix|change)|apres (?:la"
        r"|votre|une) (?:mise a jour|intervention|maj))",
    ),
    (
        "detail",
        r"by (?:your|the|my) (?:colleagues?|team|technician)|par (?:votre|le|mon|un) (?:collegue|technicien"
        r"|equipe)|from (?:my|our) (?:point of view|perspective|side)|with me|a mon avis",
    ),
    (
        "did",
        r"(?:the|my|our) ~(?: ~){0,2} (?:shows up|appears|show up|appear|is showing|opens up|comes up)(?: "
        r"(?:in|on|with) ~(?: ~)?)?(?: {NOW})?",
    ),
    (
        "polite",
        r"(?:(?:my|our|the|all my|all our) ~|~) (?:confirms?|confirmed|has confirmed|have confirmed)(?: "
        r"that)?|(?:(?:mon|ma|mes|nos|notre|l|les) )?~ (?:me |nous |m a |nous a |a |ont )?(?:bien "
        r")?(?:confirme|confirment)(?: que| qu)?",
    ),
    (
        "detail",
        r"to (?:my|our) (?:full |complete |entire )?satisfaction|for (?:her|him|them)|depuis|since|(?:suite a"
        r"|grace a|depuis) (?:votre|la|le|l|vos|cette) (?:mise a jour|intervention|correction|modification|~)",
    ),
    ("fine", r"hallelujah|phew|yay|hooray|hourra|youpi|ouf|woohoo|great stuff|you rock|impec|top|chapeau"),
    ("detail", r"(?:for|chez) (?:her|him|them|elle|lui|eux)(?: too| aussi)?|this end|at this end"),
    (
        "detail",
        r"with (?:the|my|our) new ~(?: ~)?|avec (?:le|la|mon|ma|notre|nos|les|l) (?:nouveau|nouvel|nouvelle"
        r"|nouveaux|nouvelles) ~(?: ~)?",
    ),
    (
        "detail",
        r"since (?:then|yesterday|lunchtime|lunch|noon|last (?:week|night|month)|monday|tuesday|wednesday"
        r"|thursday|friday|(?:{DET} )~(?: ~)?)(?: yesterday| today| this morning)?|depuis (?:lors|midi|ce "
        r"midi|la semaine derniere|{DETF} ~(?: ~)?)(?: d hier| ce matin| hier)?",
    ),
    (
        "detail",
        r"by (?:restarting|rebooting|updating|reinstalling|changing|replacing|resetting|clearing"
        r"|reconnecting)(?: {THING}| it)?|en (?:redemarrant|mettant a jour|reinstallant|changeant|remplacant"
        r"|reinitialisant|vidant|reconnectant)(?: {CHOSE})?",
    ),
    (
        "polite",
        r"mit (?:freundlichen|besten) grussen|freundliche grusse|viele grusse|beste grusse|mfg|saluti|saludos",
    ),
    (
        "cure",
        r"after (?:(?:a|the|another|one|your) )?(?:reboot|restart|reset|update|reinstall|reinstallation|power "
        r"cycle|change|fix|call)|apres (?:(?:un|le|la|une|votre) )?(?:redemarrage|reboot|reset|mise a jour"
        r"|maj|reinstallation|changement|intervention|appel)",
    ),
    (
        "day",
        r"(?:on|last|this) (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|night|week|afternoon"
        r"|evening|morning)|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|cet apres midi|ce soir|hier soir"
        r"|cette nuit|cette semaine|la semaine derniere)(?: dernier| matin)?|yesterday|hier|tout a l heure"
        r"|earlier(?: today)?|just now|a l instant",
    ),
    (
        "detail",
        r"par (?:vos soins|votre (?:service|equipe)|~)|thanks to ~|grace a ~|for the (?:entire|whole) (?:team"
        r"|department|office|company)|(?:pour|par) (?:l ensemble|tout le service)",
    ),
)


@lru_cache(maxsize=1)
def phrases() -> Sequence[tuple[Kind, re.Pattern[str]]]:
    """To be matched on words that are `marked`, with single spaces between them.

    Compiled by the first text that is read: that takes longer than all else at the start of a program, and most
    programs never read one.
    """
    return [(kind, re.compile(rf"(?:{spelled(pattern)}){FREE_MARK}?(?= |$)")) for kind, pattern in _PHRASES]
