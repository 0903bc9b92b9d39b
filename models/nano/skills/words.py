"""Our own word lists: everything the synthetic corpus is made of."""

NOUNS = """apple anchor angle archive arrow avenue axle badge bakery balcony banner barn basket battery
beacon bell bench bicycle blanket boat border bottle bowl bracket branch brick bridge broom bucket budget
button cabin cable camera candle canyon carpet castle ceiling cellar chain chair chapel circle clinic clock
cloud coast coat coffee column compass copper corner cotton counter cradle crane crater crayon curtain
cushion cylinder dagger desert desk diamond dinner dock dolphin door drawer drum eagle engine envelope
fabric factory feather fence ferry field filter finger flag flask flute forest fountain frame fridge galaxy
garden garage gate glacier glass globe glove granite grape guitar hammer harbour harvest hat helmet hill
hinge hotel island jacket jar journal kettle keyboard kitchen kite ladder lake lamp lantern leaf ledger
lemon letter lever library lighthouse lock machine magnet mango map marble market mask meadow medal melon
mill mirror mitten moon mountain museum needle nest notebook oasis ocean office orchard oven paddle palace
panel paper parcel pasture path pebble pencil pepper piano picnic pillow pilot pipe planet plate platform
pocket pond portrait poster pottery prism pump puzzle quarry radio railway ranch ribbon ridge river robot
rocket roof rope ruler saddle sail salad satellite scarf school screen shadow shelf ship shovel signal
silver sketch sledge spoon spring stable stadium staircase station statue stone stove street summit sunset
switch table tailor tank teapot telescope temple tent theatre thread ticket tile timber tool torch tower
track tractor train tray treasure trumpet tunnel turbine umbrella valley vase vault velvet vessel village
violin wagon wall warehouse watch water wheel whistle window winter wire workshop yard zebra""".split()

ADJECTIVES = """amber ancient bitter blue bold brave brief bright broad broken brown busy calm careful cheap
clean clear clever cold common cool crimson crisp curious damp dark deep dry dusty eager early empty exact
faint fair fancy fast fine firm flat fresh gentle giant glad golden grand green grey happy hard heavy hidden
hollow honest hot huge humble icy iron jolly keen kind large late lazy light little lively local lonely long
loud lucky mild modern narrow neat new noisy northern odd old open orange pale patient plain polite proud
pure purple quick quiet rapid rare ready red rich round rough royal rusty sad secret shallow sharp shiny
short silent simple slow small smooth soft solid southern spare square steady steep still strange strong
sunny sweet swift tall tame thick thin tidy tiny tired vast violet warm weak wet white wide wild wise wooden
yellow young""".split()

VERBS = """added answered arrived asked baked borrowed bought broke brought built burned called carried caught
changed chose cleaned climbed closed collected cooked copied counted covered crossed danced decided
delivered described designed dropped earned entered explained filled finished fixed folded followed found
gathered gave guarded handed heard helped hid improved invited joined jumped kept knocked laughed learned
left lifted listened lost loved made marked measured mended missed moved named needed noticed offered opened
ordered packed painted passed paused picked placed planned planted played pointed prepared pressed printed
promised pulled pushed raised reached read received remembered removed repaired replaced rested returned
saved searched sent served shared showed signed slept sold solved sorted started stayed stopped stored
studied talked tasted taught tested thanked threw tied touched traded travelled tried turned used visited
waited walked wanted washed watched wore worked wrapped wrote""".split()

ADVERBS = """again already always before carefully early easily finally gladly greatly hardly later likely
mostly nearly never nicely often once only perhaps quickly quietly rarely recently slowly soon still
suddenly today together twice usually well yesterday""".split()

FIRST = """Ada Alma Amir Anna Arlo Asha Bela Ben Bruno Carla Cleo Dana Dario Diego Edda Elif Elsa Emil Enzo
Erik Eva Faye Felix Fiona Frida Gita Goran Greta Hana Hugo Ida Igor Ines Iris Ivan Jana Jonas Jude Juno Kai
Karim Kira Klara Lars Lena Leo Lina Lotte Luca Lucia Mael Mara Marta Maya Mia Milo Mina Nadia Nils Nina Noah
Nora Olaf Oleg Olga Omar Oskar Otto Paula Pavel Petra Priya Rafa Rana Rita Rosa Ruben Sami Sara Selma Signe
Sofia Sven Tara Theo Tilda Tomas Una Uri Vera Viktor Wanda Yara Yusuf Zara Zeno Zoe""".split()

LAST = """Adler Amato Bakker Banks Berg Bianchi Blum Bose Brandt Carter Castro Cole Costa Dahl Diaz Duran
Eklund Farah Fischer Flores Fontana Gallo Grant Haas Hale Hansen Holt Ibarra Ito Jansen Kaya Keller Khan
Klein Kovac Lang Larsen Lopez Lund Marin Meyer Mori Moss Nagy Novak Okafor Olsen Ortiz Park Patel Perez Quinn
Ramos Reyes Rossi Sato Silva Singh Stein Stone Tanaka Torres Vance Vega Vogel Wagner Weber Wolf Yilmaz
Young Zeller""".split()

CITIES = """Accra Amman Athens Basel Bergen Berlin Bogota Boston Bristol Cairo Cork Dakar Delhi Denver Dublin
Geneva Genoa Ghent Hanoi Havana Helsinki Istanbul Kyoto Lagos Leeds Lima Lisbon London Lyon Madrid Malmo
Manila Milan Montreal Mumbai Munich Nairobi Naples Oslo Osaka Paris Perth Porto Prague Quito Riga Rome Seoul
Seville Sofia Tallinn Tokyo Toronto Tunis Turin Utrecht Valencia Vienna Warsaw Zurich""".split()

COLOURS = """red blue green yellow orange purple white black grey brown pink violet silver golden crimson teal
amber ivory navy olive scarlet turquoise""".split()

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = """January February March April May June July August September October November December""".split()

ANIMALS = """cat dog horse rabbit sheep goat duck goose fox wolf bear otter beaver hedgehog owl falcon parrot
turtle lizard salmon trout spider beetle butterfly pony donkey camel lion tiger""".split()

FOODS = """bread cheese soup rice pasta salad pancakes porridge curry stew dumplings noodles beans lentils
omelette pie biscuits yoghurt honey plums cherries walnuts olives mushrooms tomatoes potatoes""".split()

JOBS = """baker teacher doctor nurse farmer driver pilot painter plumber lawyer gardener librarian mechanic
carpenter engineer clerk cook tailor singer dancer editor guard porter sailor weaver""".split()

FOLDERS = """src docs data notes config tests build assets scripts lib app etc logs tmp home reports drafts
images pages models plans archive tools shared work""".split()

EXTENSIONS = "txt md json yaml toml rs py csv log html cfg ini sh js ts xml".split()

SYLLABLES = """ba be bi bo bu da de di do du fa fe fi fo ga ge gi go ka ke ki ko ku la le li lo lu ma me mi mo
mu na ne ni no nu pa pe pi po ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo wa we wi xa xi ya yo za
ze zi zo zu bar bel cor dan dor fen gar hal jor kel lan mar nor pol quin ran sel tar ul ven wex yor zan thal
brin crow drel fost glim hest plim skar trov vand""".split()
