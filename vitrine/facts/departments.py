"""Where each shop department lies in Google's product taxonomy. This table is the only hand-written part of the mapping.

    taxonomy_places("Gift Cards")       ->  [("arts and entertainment", "party and celebration", "gift giving")]
    taxonomy_places("Books & Bottles")  ->  []

The departments are Amazon's, named as in its metadata of 2018 and 2023. A department that is missing here can still be mapped
if the taxonomy has a root category of the same name. Departments that sell anything (Handmade, Collectibles) are left out:
they do not show where a product belongs.
"""

from vitrine.verifiers.taxonomy import name_key

BEAUTY = ("Health & Beauty",)
CLOTHES = ("Apparel & Accessories", "Luggage & Bags")
ELECTRONICS = ("Electronics", "Cameras & Optics")
HOME = ("Home & Garden", "Furniture")
CREATIVE = "Arts & Entertainment > Hobbies & Creative Arts"
TAXONOMY_PATHS = {
    "All Beauty": BEAUTY,
    "All Electronics": ELECTRONICS,
    "Amazon Fashion": CLOTHES,
    "Amazon Home": HOME,
    "Appliances": ("Home & Garden",),
    "Arts, Crafts & Sewing": (CREATIVE,),
    "Automotive": ("Vehicles & Parts",),
    "Baby": ("Baby & Toddler",),
    "Baby Products": ("Baby & Toddler",),
    "Beauty": BEAUTY,
    "Beauty & Personal Care": BEAUTY,
    "Books": ("Media > Books",),
    "CDs & Vinyl": ("Media > Music & Sound Recordings",),
    "Camera & Photo": ("Cameras & Optics",),
    "Cell Phones & Accessories": ("Electronics > Communications",),
    "Clothing, Shoes & Jewelry": CLOTHES,
    "Computers": ("Electronics",),
    "Digital Music": ("Media > Music & Sound Recordings",),
    "Electronics": ELECTRONICS,
    "Gift Cards": ("Arts & Entertainment > Party & Celebration > Gift Giving",),
    "Grocery": ("Food, Beverages & Tobacco",),
    "Grocery & Gourmet Food": ("Food, Beverages & Tobacco",),
    "Health & Household": (*BEAUTY, "Home & Garden > Household Supplies"),
    "Health & Personal Care": (*BEAUTY, "Home & Garden > Household Supplies"),
    "Home & Kitchen": HOME,
    "Industrial & Scientific": ("Business & Industrial", "Hardware"),
    "Luxury Beauty": BEAUTY,
    "Magazine Subscriptions": ("Media > Magazines & Newspapers",),
    "Movies & TV": ("Media > DVDs & Videos",),
    "Musical Instruments": (
        f"{CREATIVE} > Musical Instruments",
        f"{CREATIVE} > Musical Instrument & Orchestra Accessories",
    ),
    "Office Products": ("Office Supplies", "Furniture > Office Furniture"),
    "Patio, Lawn & Garden": ("Home & Garden", "Furniture > Outdoor Furniture"),
    "Pet Supplies": ("Animals & Pet Supplies",),
    "Premium Beauty": BEAUTY,
    "Software": ("Software",),
    "Sports & Outdoors": ("Sporting Goods",),
    "Tools & Home Improvement": ("Hardware", "Home & Garden"),
    "Toys & Games": ("Toys & Games",),
    "Video Games": ("Electronics", "Software > Video Game Software"),
}
PLACES = {name_key(name): [tuple(map(name_key, path.split(" > "))) for path in paths] for name, paths in TAXONOMY_PATHS.items()}


def taxonomy_places(department: str) -> list[tuple[str, ...]]:
    """The taxonomy paths (as name keys) at or below which the products of a department lie."""
    return PLACES.get(name_key(department), [])
