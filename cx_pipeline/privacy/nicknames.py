"""Short forms that people use of their own given names, in English-speaking countries; each group is one name."""

from __future__ import annotations

_GROUPS = """
abigail abby|abraham abe|albert al bert|alexander alex alec sandy xander|alexandra alex sandra lexi alexa
alfred alf alfie fred|alison ali|amanda mandy|andrew andy drew|angela angie|anthony tony ant|antonio tony|arthur art artie
barbara barb babs|benjamin ben benny benji|bernard bernie|bradley brad|caroline carrie carol
catherine cathy cath kate katie cat|charles charlie chuck|charlotte charlie lottie|christian chris
christina chris tina christy|christine chris chrissy|christopher chris kit topher|cynthia cindy|daniel dan danny
danielle dani|david dave davey|deborah deb debbie|dennis denny|dominic dom|donald don donnie|dorothy dot dottie dolly
douglas doug|edward ed eddie ted teddy ned|eleanor ellie nell nora|elizabeth liz lizzie beth betty eliza|emily em emmy
emma em|eugene gene|evelyn evie|florence flo|frances fran|francis frank fran|francisco paco frank|franklin frank
frederick fred freddie|gabriel gabe|gabriella gabby|geoffrey geoff|gerald gerry jerry|gregory greg|harold harry hal
helen nell|henry harry hank|isabella izzy bella|isabelle izzy belle|jacob jake|jacqueline jackie|james jim jimmy jamie
janet jan|jason jay|jeffrey jeff|jennifer jen jenny jenn|jeremy jerry|jessica jess jessie|joanna jo|joanne jo|johannes hans
john johnny jack jon|jonathan jon jonny|jose pepe|joseph joe joey|josephine josie jo|joshua josh|judith judy
julia julie jules|katherine kate katie kathy kat|kathleen kathy kath|kathryn kate katie kathy|kenneth ken kenny|kimberly kim
kristina kris tina|laurence larry|lawrence larry laurie|leonard leo len lenny|leonardo leo|lillian lily|lucas luke
madeline maddie|margaret maggie meg peggy marge|maria mia|martin marty|matthew matt matty|maximilian max|melissa mel missy
michael mike mick mickey mikey|michelle shelly|mitchell mitch|mohammed mo|nancy nan|natalie nat|natasha tasha|nathan nate
nathaniel nate nat|nicholas nick nicky|nicole nicky nikki|oliver ollie|olivia liv livvy|pamela pam
patricia pat trish patty tricia|patrick pat paddy|penelope penny|peter pete|philip phil|phillip phil|rachel rach
randall randy|raymond ray|rebecca becky becca|reginald reg reggie|richard rick rich richie dick|robert rob bob bobby robbie
roberta bobbie|roger rog|ronald ron ronnie|rosemary rosie rose|russell russ|samantha sam|samuel sam sammy|sandra sandy
sarah sally|sebastian seb|sharon shaz|sophia sophie|stanley stan|stephanie steph|stephen steve stevie|steven steve
stuart stu|susan sue susie suzie|suzanne sue suzy|sylvia syl|terence terry|teresa terri tess|theodore theo ted teddy
theresa terri tess|thomas tom tommy|timothy tim timmy|valerie val|veronica ronnie|victor vic|victoria vicky tori
vincent vince vinny|virginia ginny|walter walt wally|wendy wen|william will bill billy liam|zachary zach zack
"""

#: A given name in lower case, with its short forms.
NICKNAMES: dict[str, tuple[str, ...]] = {
    words[0]: tuple(words[1:]) for group in _GROUPS.replace("\n", "|").split("|") if len(words := group.split()) > 1
}
