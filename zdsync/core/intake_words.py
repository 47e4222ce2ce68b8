"""The words by which a request is read: what says nothing about a problem, what names one, what asks for something.

All without accents and in lower case, as `reply_text.fold` makes them.
"""

from __future__ import annotations

import re
from typing import Final

from zdsync.core.reply_words import as_set

SAYS_NOTHING: Final = as_set(
    # articles, pronouns, prepositions, auxiliaries
    "a an the this that these those i you he she it we they me us them my your our their his her its "
    "of to in on at for from with by as into about over up out off and or but so if then than when while because "
    "since "
    "is are was were be been being am has have had do does did will would can could may might shall should must "
    "not no "
    "don doesn isn aren wasn won cannot can't doesn't don't isn't won't i'm it's there here what which who how "
    "why where "
    "someone somebody one all any some every each again still anymore more very just now too also only never "
    "always yet please "
    "le la les l un une des du de d au aux ce cet cette ces c je j tu il elle on nous vous ils elles me m te se "
    "s y en "
    "mon ma mes notre nos votre vos son sa ses leur leurs dans sur sous avec sans pour par chez et ou mais donc "
    "si que qu "
    "qui quoi quand comment pourquoi quel quelle quels quelles est sont etait etaient etre ete suis sommes etes "
    "ai as a "
    "avons avez ont avait fait faire faut peut peux pouvez pourriez pouvons puis ne n pas plus point rien tout "
    "toute tous "
    "toutes tres encore toujours jamais deja aussi ca cela ceci "
    # pleasantries
    "hello hi hey dear good morning afternoon evening day team support all sir madam thanks thank you many "
    "advance regards "
    "kind best cheers sincerely sorry hope well asap urgent urgently quickly soon possible "
    "bonjour bonsoir salut madame monsieur cher chere equipe merci svp plait avance cordialement bien cdt "
    "journee bonne "
    "salutations desole vite rapidement rapide urgence urgente possible voici ci joint jointe joints "
    # what everybody's problem is called, and asking for help with it
    "problem problems issue issues error errors bug bugs incident trouble question questions request help assist "
    "need "
    "want fix solve resolve check look see work works working worked function happen happens happened wrong "
    "broken down "
    "anything something nothing everything thing things software application app system platform product tool k "
    "pro kpro "
    "call contact phone reach attached attachment screenshot screen shot picture file pj cf below above "
    "probleme problemes souci soucis erreur erreurs bogue demande aide aider besoin voudrais veux corriger "
    "regler resoudre "
    "voir verifier marche fonctionne fonctionner fonctionnent marchent passe arrive chose choses logiciel outil "
    "systeme "
    "plateforme rappeler appeler contacter joindre capture ecran piece pieces numero email mail "
    "having idea vers around about vendredi friday mardi tuesday mercredi wednesday jeudi thursday samedi saturday "
    "dimanche sunday fyi info know plait tel telephone mobile anyone anybody "
    "message colleague collegue forward forwarded transfere "
    "yesterday today tomorrow demain hier matin soir aujourd hui depuis ago week semaine monday lundi"
)
"""Words that a description is not made of."""

ERROR_MESSAGE: Final = re.compile(
    r"\b(?:[a-z]\w*(?:exception|error)\b ?[:(]|traceback|stack ?trace|err_[a-z_]+|[a-z]\w+exception\b"
    r"|(?:error|erreur|code|http|status|exit code|statut) ?:? ?(?:n° ?)?[a-z]{0,4}-?\d{3,5}\b|0x[0-9a-f]{4,})"
    r"|(?:error|erreur|failed|fatal) ?: ?\w+ \w+"
)
"""A machine's own words on what is wrong."""

TROUBLE: Final = re.compile(
    r"\b(?:error|erreur|err_\w+|bug|bogue|crash\w*|exception|traceback|fail(?:s|ed|ing|ure|ures)?|freez\w+|froze\w*"
    r"|broken|broke|stuck|hangs?|hung|slow|laggy|blank|empty|wrong|incorrect\w*|disappear\w*|vanish\w*|gone"
    r"|loses?|lost"
    r"|(?:have|having|got|facing|j'ai|avons|rencontr\w+) (?:\w+ ){0,2}(?:problem|issue|trouble|probleme|souci)s?"
    r"|(?:does|do|did|shows?) nothing|no (?:data|result|results|response|longer)|(?:not|was|were) (?:found|working)"
    r"|invalid\w*"
    r"|(?:it|this|problem|issue) happen\w*|rame(?:nt)?|blanc(?:he)?s?|arrete\w*|deconnexions?|fige\w*|freez\w*"
    r"|marchait"
    r"|fonctionnait|survien\w+|se produit|plus maintenant"
    r"|rejet\w*|reject\w*|refus\w+|denied|abort\w*|unreadable|unresponsive|garbled|cut off|loop(?:s|ing)"
    r"|time[ds]? ?out|timeout"
    r"|unexpected\w*|malfunction\w*|corrupt\w*|unusable|outage|missing|renamed|shifted|disconnect\w*"
    r"|(?:nothing|not|n't|never|no longer|stopped|stops) (?:happens|work|works|working|load\w*|open\w*|respond\w*"
    r"|display\w*"
    r"|start\w*|sav\w+|show\w*|function\w*|appear\w*|arriv\w*|receiv\w+|updat\w+|connect\w*|sync\w*)"
    r"|plant(?:e|es|ee|er|ent|age)|bloqu\w+|echou\w+|echec|anomalie|panne|vides?|lente?s?|lenteur|faux|fausses?"
    r"|errone\w*"
    r"|dispar\w+|perdu\w*|introuvable|inaccessible|indisponible|decal\w+|deconnect\w+|grise?s?|coup(?:e|ee|es"
    r"|ees)|incorrecte?s?"
    r"|se ferme|s'arrete|mal|rien|ne s'\w+ (?:pas|plus)|ne se \w+ (?:pas|plus)"
    r"|(?:ne|n')\s?(?:y )?(?:m'|me )?(?:fonctionn\w*|march\w*|affich\w*|charg\w*|ouvr\w*|repond\w*|recois"
    r"|recevons|demarr\w*"
    r"|enregistr\w*|apparai\w*|arriv\w*|peux|peut|peuvent|pouvons|parvien\w*|va) (?:pas|plus)|marche (?:pas|plus))\b"
)
"""Something that worked, or should, does not."""

MAYBE_TROUBLE: Final = re.compile(
    r"\b(?:shows?|displays?|prints?|overlaps?|repeats?|flickers?|swapped|mirrored|mix(?:es|ed) up|lags?|upside down"
    r"|twice"
    r"|affiche(?:nt)?|reste(?:nt)?|superpos\w+|clignot\w+|doubles?|n'y (?:est|sont|a) (?:pas|plus)|ne \w+ plus"
    r"|by itself"
    r"|issue|problem|probleme|souci|trouble|cannot|can ?not|can't|unable|won't|doesn't|does not|don't|isn't"
    r"|impossible"
    r"|instead of|au lieu de|should (?:be|have)|devrait|again|encore une fois|toujours le meme|corresponds? pas"
    r"|ignore[ds]?|kick\w*|expire[es]?|truncat\w*|interromp\w*|ne \w+ (?:pas|plus)|n'\w+ (?:pas|plus)|n't|turns into"
    r"|spinner|grey|gray"
    r"|warning|alerte)\b"
)
"""Trouble, unless the same words ask for something."""

ASKS: Final = re.compile(
    r"\?|\b(?:please (?:create|add|send|give|provide|import|delete|remove|enable|disable|reset|change|update"
    r"|grant|check"
    r"|correct|tell|confirm|let|share|activate|deactivate|upgrade|install|extend|increase|rename|invite)|kindly"
    r"|(?:could|can|would) you|how (?:do|can|to|much|many)\b(?! reproduce)|what (?:is|are)|is there|are there"
    r"|(?:we|i)(?:'d| would) like|we (?:want|wish|need|plan)|i (?:want|wish|need) (?:to|an?|the)"
    r"|merci (?:de|d')|pouvez[- ]vous|pourriez[- ]vous|peut-on|puis-je|comment (?!reproduire)|est[- ]ce que"
    r"|quel(?:le)?s? "
    r"|(?:je |nous )?(?:souhait\w+|voudrais|voudrions|aimer(?:ais|ions))|serait[- ]il|veuillez|j'ai besoin"
    r"|nous avons besoin)"
)
"""A question or a request."""

TELLS: Final = re.compile(
    r"\b(?:please|pls|merci de|demande (?:de|d')|request for|here (?:is|are|'s)|voici|following up|follow-up"
    r"|as (?:discussed"
    r"|agreed|requested)|comme convenu|suite a (?:notre|votre|vos)|relance|we (?:will|are going|have (?:sent|uploaded"
    r"|added))"
    r"|nous (?:allons|avons (?:envoye|ajoute|depose))|i (?:will|have (?:sent|uploaded|added)|just wanted)|je (?:vais"
    r"|vous (?:envoie|transmets|confirme))|for information|pour information|to let you know|need(?:s|ed)? (?:to|an?)"
    r"|(?:reset|access|creation|quote|invoice|devis|facture|acces|reinitialisation) (?:to|of|for|de|du|d'|a|pour)\b)"
)
"""A statement with one of these hands something over or asks without a verb, and reports no trouble."""

OUTAGE: Final = re.compile(
    r"\b(?:(?:is|are|was|were|be|been|went|goes|completely|totally|whole \w+) (?:been )?(?:down|offline"
    r"|unreachable|unavailable)"
    r"|unreachable|outage|nobody|no one|none of (?:us|our|the)|all (?:our |the )?(?:users|customers|sites"
    r"|hospitals|pathologists)"
    r"|(?:bad gateway|service unavailable|gateway time-?out)|can(?:not|'t) (?:be )?reach(?:ed)?"
    r"|en panne|inaccessibles?|indisponibles?|injoignable|hors service|plus personne|personne n\w*"
    r"|aucun (?:utilisateur|de nos)"
    r"|tous (?:les|nos) (?:utilisateurs|clients|sites)|vient de tomber|est tombee?|plus aucun acces|coupure)\b"
)
"""Nothing works for anybody: there is nothing to reproduce."""

ATTACHED: Final = re.compile(
    r"\b(?:attached|attachments?|enclosed|(?:see|cf\.?) (?:the )?screenshots?|ci-joint\w*|(?:en|cf\.?|voir) (?:pj"
    r"|p\.j\.)"
    r"|pieces? jointes?|(?:voir|cf\.?) (?:la |les )?captures?)\b"
)
"""Files are said to come along."""

STEPS: Final = re.compile(
    r"""\b(?:
    (?:steps?|how|way|instructions?)\s(?:to|can\sbe)\s(?:reproduced?|replicated?) | (?:to|easily|can\sbe)\sreproduced?\b
  | repro(?:duction)?(?:\ssteps)?\s?: | reproduction\ssteps | steps\s?(?:taken|followed)?\s?:
  | etapes?\s?(?:de\sreproduction|suivies)?\s?: | marche\sa\ssuivre | scenario\s?:
  | (?:pour|comment|etapes?|possible\sde)\s(?:\w+\s){0,3}?reprodui\w+
  | (?:whenever|(?:each|every)\stime|as\ssoon\sas)\s\w | (?:a\s)?chaque\sfois\squ
  | (?:when|if|once|after|while)
    \s(?:an?\s(?:user|annotator|admin|pathologist|colleague)|i|we|you|he|she|they|one|users?|the\suser|someone)\b
    (?!\s(?:need|have\s(?:any|news|time|questions?|an)|require|want|wish|would|could|can\b|may\b|prefer|are\b|were\b))
  | (?:after|when|upon|on|by|while|if)\s(?:click|open|select|press|sav|switch|chang|enter|upload|drag|choos|edit|remov
    |delet|creat|add|launch|submit|export|import|hover|scroll|logg|sign|typ|reload|refresh)\w*ing
  | clicking\b | (?:au|lors\sdu|lors\sd'un)\sclic\b | lors\sde\sl'(?:ouverture|enregistrement|export|import)
  | (?:quand|lorsque|des\sque|(?:a\s)?chaque\sfois\sque|si|une\sfois\sque)\s(?:je|on|nous|vous|l'utilisateur)\b
    (?!\s(?:avez|aurez|souhait|desir|voul|voud|pouv|pourr|etes|sommes|avons\sbesoin))
  | (?:quand|lorsqu'|lorsque|des\squ'|des\sque|chaque\sfois\squ[e']|si|qu')\s?(?:j'|on\s|un\sutilisateur|l'on\s)
    (?!ai\sbesoin|ai\sbien)
  | lorsqu'(?:elle|il|ils|elles)\b
  | (?:en|apres\savoir|apres)\s(?:cliqu|ouvr|ouvert|selectionn|appuy|enregistr|chang|saisi|glissa|choisi|modifi|supprim
    |cre|ajout|lanc|valid|export|import|connect)\w*
    )""",
    re.VERBOSE,
)
"""The writer says what to do for it to happen."""

LIST_ITEM: Final = re.compile(
    r"(?:^|(?<=[\s;,:.]))(?:(?:step|etape) ?(\d{1,2}) ?:|(\d{1,2})(?:[.)/]|°| ?-)[ )])\s?(?=\w)", re.MULTILINE
)
DASH_ITEM: Final = re.compile(r"^[-•–>] ?\w", re.MULTILINE)

ACTION: Final = re.compile(
    r"""\b(?P<verb>
    click | open | select | press | cho+s | pick | upload | log\s?in | logg(?=ed) | sign\sin | go(?:es)?\sto
  | typ(?=e|ed|ing) | drag | drop | launch | submit | switch | reload | refresh | save | export | import | enter
  | hit | tap | scroll | zoom | cliqu | ouvr | ouvert | selectionn | appuy | choisi | connec?t | connex | lanc | valid
  | saisi | gliss | recharg | telecharg | coch | enregistr | bouton | menu | button
  | va(?:is)?\s(?:dans|sur|a) | all(?:er|ez|ons)\s(?:dans|sur|a)
    )\w*""",
    re.VERBOSE,
)
"""What one does with an application, and with what."""
FIRST_PERSON: Final = re.compile(r"\b(?:i|we|je|nous|on)\b|\bj'")
THEN: Final = re.compile(r"[,;>:–-]|→|\b(?:then|and|puis|ensuite|et)\b")
UNABLE: Final = re.compile(
    r"\b(?:cannot|can't|can not|unable|impossible|couldn't|ne (?:peux|peut|pouvons|parviens)|n'arrive)\b"
)
