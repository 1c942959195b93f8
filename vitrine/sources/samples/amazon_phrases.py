"""Texts for the AmazonTitles sample: products with their use, their attributes, and phrases for descriptions.

A product's `use` is always the same sentence, so a description can be predicted from a title; the attributes in the title
also occur in the description. Slots: {brand} {product} {colour} {material} {size} {pack} {audience}.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    name: str
    use: str
    materials: str
    sizes: str


PRODUCTS = [
    Product(
        "Water Bottle", "It keeps drinks cold on the trail and fits most cup holders", "Steel,Glass,Plastic", "16 oz,24 oz,32 oz"
    ),
    Product(
        "Coffee Mug",
        "It holds hot coffee or tea and goes into the dishwasher",
        "Ceramic,Porcelain,Glass,Enamel",
        "8 oz,11 oz,15 oz",
    ),
    Product("Backpack", "It carries books and a laptop with padded shoulder straps", "Canvas,Nylon,Leather", "15 L,20 L,30 L"),
    Product(
        "Desk Lamp", "It lights a desk without glare and bends to any angle", "Metal,Wood,Plastic", "12 Inch,16 Inch,20 Inch"
    ),
    Product(
        "Phone Case", "It guards the phone against drops and leaves every port open", "Silicone,Leather,Plastic", "5 Inch,6 Inch"
    ),
    Product("Yoga Mat", "It cushions the joints and does not slip on hard floors", "Rubber,Cork,Foam", "4 mm,6 mm,8 mm"),
    Product(
        "Kitchen Knife", "It slices meat and vegetables and keeps a sharp edge", "Steel,Ceramic,Carbon", "6 Inch,8 Inch,10 Inch"
    ),
    Product(
        "Frying Pan", "It heats evenly and food slides off without sticking", "Steel,Iron,Aluminum", "8 Inch,10 Inch,12 Inch"
    ),
    Product("Bath Towel", "It dries the skin quickly and stays soft after washing", "Cotton,Bamboo,Linen", "Small,Medium,Large"),
    Product("Bed Sheet", "It fits deep mattresses and breathes on warm nights", "Cotton,Linen,Silk", "Twin,Queen,King"),
    Product(
        "Throw Pillow", "It brightens a sofa and has a cover that zips off", "Velvet,Cotton,Linen", "16 Inch,18 Inch,20 Inch"
    ),
    Product("Wall Clock", "It runs silently on one battery and is easy to read", "Wood,Metal,Plastic", "10 Inch,12 Inch,14 Inch"),
    Product("Picture Frame", "It shows a photo on the wall or stands on a table", "Wood,Metal,Glass", "4x6,5x7,8x10"),
    Product("Notebook", "It opens flat for notes, lists and sketches", "Paper,Leather,Linen", "A4,A5,A6"),
    Product("Pencil Case", "It sorts pens and pencils and closes with a strong zipper", "Canvas,Nylon,Silicone", "Small,Large"),
    Product("Running Sock Pair", "It keeps feet dry and does not slide down on long runs", "Wool,Cotton,Nylon", "S,M,L"),
    Product("Winter Glove Pair", "It keeps hands warm in snow and works on touch screens", "Wool,Leather,Fleece", "S,M,L,XL"),
    Product("Rain Jacket", "It sheds rain and wind and folds into its own pocket", "Nylon,Rubber,Polyester", "S,M,L,XL"),
    Product("Sun Hat", "It shades the face and neck and packs flat for travel", "Straw,Cotton,Linen", "Small,Medium,Large"),
    Product(
        "Dog Collar", "It adjusts with a safe buckle and has a ring for the leash", "Nylon,Leather,Cotton", "Small,Medium,Large"
    ),
    Product("Cat Bed", "It gives a pet a warm place to sleep and washes easily", "Fleece,Wool,Cotton", "Small,Medium,Large"),
    Product("Garden Hose", "It waters lawns and flower beds and does not kink", "Rubber,Vinyl,Nylon", "25 ft,50 ft,100 ft"),
    Product(
        "Tool Box", "It keeps tools in order with a tray and a metal latch", "Steel,Plastic,Aluminum", "13 Inch,16 Inch,19 Inch"
    ),
    Product(
        "Flashlight", "It throws a bright beam far and runs for hours in the dark", "Aluminum,Plastic,Rubber", "4 Inch,6 Inch"
    ),
    Product(
        "Guitar Strap",
        "It spreads the weight of the instrument and holds it firmly",
        "Leather,Nylon,Cotton",
        "40 Inch,50 Inch,60 Inch",
    ),
    Product(
        "Puzzle",
        "It trains patience and makes an evening at the table fun",
        "Wood,Cardboard,Foam",
        "100 Piece,500 Piece,1000 Piece",
    ),
    Product(
        "Block Kit", "It clicks together in many shapes and teaches as it entertains", "Wood,Plastic,Foam", "50 Piece,100 Piece"
    ),
    Product(
        "Teddy Bear", "It is made to be hugged and becomes a friend at bedtime", "Plush,Cotton,Wool", "10 Inch,14 Inch,24 Inch"
    ),
    Product("Bike Helmet", "It protects the head on the road and lets air flow through", "Foam,Carbon,Plastic", "S,M,L"),
    Product(
        "Camping Tent",
        "It goes up in minutes and keeps rain out all night",
        "Nylon,Canvas,Polyester",
        "2 Person,4 Person,6 Person",
    ),
    Product("Lunch Box", "It keeps a meal fresh until noon and does not leak", "Steel,Plastic,Bamboo", "1 L,2 L"),
    Product("Candle", "It burns slowly with a gentle scent and little smoke", "Soy,Beeswax,Paraffin", "4 oz,8 oz,12 oz"),
]
BRANDS = """Altamira,Norwick,Belhaven,Casa Lume,Dunmore & Hale,Everly,Fjordline,Greystone,Harbor & Pine,Ironleaf,Juniper Lane,
Kestrel,Lumina,Maplewood,Northbay,Oakfield,Pinecrest,Quillon,Redfern,Silverbrook,Tidewater,Umbra Vale,Verdant,Westmark,Yarrow,
Zephyr & Co"""
COLOURS = "Black,White,Red,Blue,Green,Yellow,Orange,Purple,Pink,Gray,Brown,Navy,Teal,Ivory,Gold,Silver"
PACKS = "Set of 2,Set of 3,Set of 4,Pack of 6,Pack of 10,Pack of 12"
AUDIENCES = "Women,Men,Kids,Toddlers,Beginners,Students,Travelers,Seniors"

# Title templates. The description of a title names the same attributes.
TITLES = [
    "{brand} {product}, {colour}",
    "{brand} {colour} {material} {product}",
    "{brand} {material} {product}, {size}",
    "{brand} {product} for {audience}, {colour}",
    "{colour} {material} {product} by {brand}",
    "{brand} {size} {material} {product}, {colour}",
    "{brand} {product}, {colour}, {size}",
    "{material} {product} ({pack}), {colour}, {brand}",
    "{brand} {product} for {audience} - {size}",
    "{brand} {material} {product} for {audience}, {colour}, {pack}",
]
OPENINGS = [
    "This {product} by {brand} {attributes}.",
    "The {brand} {product} {attributes}.",
    "From {brand}: a {product} that {attributes}.",
    "Looking for a {product}? This one from {brand} {attributes}.",
]
ATTRIBUTE_PHRASES = {  # phrases for the attributes of a title, in this order
    "material": "is made of {material}",
    "colour": "comes in {colour}",
    "size": "is {size} in size",
    "pack": "is sold as a {pack}",
    "audience": "is designed for {audience}",
}
NOTES = {  # last sentence of a description, by the first attribute that the title names
    "Steel": "Steel won’t rust and lasts for years.",
    "Glass": "Glass is clear, pure and easy to clean.",
    "Plastic": "It’s light, sturdy and simple to clean.",
    "Ceramic": "Glazed by hand – no two are quite alike.",
    "Porcelain": "Thin, bright porcelain, worthy of any café.",
    "Enamel": "Enamel doesn’t chip in daily use.",
    "Canvas": "The canvas grows softer with every trip.",
    "Nylon": "Tough nylon resists tears and dries fast.",
    "Leather": "Real leather that ages with grace.",
    "Metal": "A solid metal body with a matte finish.",
    "Wood": "Natural grain – each piece is unique.",
    "Silicone": "Soft silicone that feels good in the hand.",
    "Rubber": "Dense rubber that keeps its grip.",
    "Cork": "Cork is warm to the touch and renewable.",
    "Foam": "Closed-cell foam keeps its shape.",
    "Carbon": "Carbon makes it strong and very light.",
    "Iron": "Cast iron holds heat like nothing else.",
    "Aluminum": "Aluminum keeps the weight low.",
    "Cotton": "Pure cotton, gentle on sensitive skin.",
    "Bamboo": "Bamboo grows back fast and wears well.",
    "Linen": "Woven linen with a crisp, cool feel.",
    "Silk": "Smooth silk with a quiet shine.",
    "Velvet": "Velvet with a deep, rich pile.",
    "Paper": "Acid-free paper that takes ink well.",
    "Wool": "Warm wool that doesn’t itch.",
    "Fleece": "Thick fleece that’s soft on both sides.",
    "Polyester": "Strong polyester with sealed seams.",
    "Straw": "Fine straw, woven tight by hand.",
    "Vinyl": "Heavy vinyl that stands up to the sun.",
    "Cardboard": "Thick board – pieces fit with a click.",
    "Plush": "Soft plush with stitched eyes.",
    "Soy": "Clean soy wax poured in small batches.",
    "Beeswax": "Pure beeswax with a hint of honey.",
    "Paraffin": "Smooth paraffin that burns evenly.",
    "Women": "Cut and sized with women in mind.",
    "Men": "Cut and sized with men in mind.",
    "Kids": "Bright, safe and made for small hands.",
    "Toddlers": "No small parts – safe from age two.",
    "Beginners": "A short guide for first steps is included.",
    "Students": "Priced for a student’s budget.",
    "Travelers": "Light enough for any suitcase.",
    "Seniors": "Easy to handle, with large markings.",
    "": "It makes a fine gift & comes in a plain box.",
}
SHORT = ["", "New", "N/A", "Great item!", "1 count", "See picture.", "None", "Imported"]
BOILERPLATE = [
    " --This text refers to the Hardcover edition.",
    " --This text refers to an out of print or unavailable edition of this title.",
]
LINKS = [" See http://www.example.com/items for more.", " <b>Order today!</b>", " <br />Free returns."]
ENTITIES = {"&": "&amp;", "’": "&#8217;", "–": "&#8211;", "é": "&eacute;"}
