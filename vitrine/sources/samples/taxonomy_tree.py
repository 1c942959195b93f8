"""An invented tree of product categories in English and Portuguese, shared by the samples of taxonomy and products.

    root = TREE[0]              # Node("Kitchen & Table", "Cozinha e mesa", product=None)
    path(leaf)                  # ("Kitchen & Table", "Drinkware", "Water Bottles")

A leaf holds one product of `amazon_phrases.PRODUCTS`.
"""

from dataclasses import dataclass

OUTLINE = """
Kitchen & Table | Cozinha e mesa
  Drinkware | Copos e garrafas
    Water Bottles | Garrafas de água | Water Bottle
    Coffee Mugs | Canecas de café | Coffee Mug
  Cutting & Frying | Corte e fritura
    Kitchen Knives | Facas de cozinha | Kitchen Knife
    Frying Pans | Frigideiras | Frying Pan
  Lunch Boxes | Marmitas | Lunch Box
Rooms & Decor | Ambientes e decoração
  Lighting | Iluminação
    Desk Lamps | Luminárias de mesa | Desk Lamp
    Candles | Velas | Candle
  On the Wall | Na parede
    Wall Clocks | Relógios de parede | Wall Clock
    Picture Frames | Porta-retratos | Picture Frame
  Bed & Bath | Cama e banho
    Bath Towels | Toalhas de banho | Bath Towel
    Bed Sheets | Lençóis | Bed Sheet
    Throw Pillows | Almofadas | Throw Pillow
Clothes & Accessories | Roupas e acessórios
  Against the Cold | Contra o frio
    Winter Gloves | Luvas de inverno | Winter Glove Pair
    Rain Jackets | Capas de chuva | Rain Jacket
  Running Socks | Meias de corrida | Running Sock Pair
  Sun Hats | Chapéus de sol | Sun Hat
Sport & Trail | Esporte e trilha
  On the Road | Na estrada
    Bike Helmets | Capacetes de bicicleta | Bike Helmet
    Backpacks | Mochilas | Backpack
  Camping Tents | Barracas de acampamento | Camping Tent
  Yoga Mats | Tapetes de ioga | Yoga Mat
Pens, Paper & Phones | Canetas, papel e telefones
  Notebooks | Cadernos | Notebook
  Pencil Cases | Estojos | Pencil Case
  Phone Cases | Capas de celular | Phone Case
Yard & Workshop | Quintal e oficina
  Garden Hoses | Mangueiras de jardim | Garden Hose
  Workshop | Oficina
    Tool Boxes | Caixas de ferramentas | Tool Box
    Flashlights | Lanternas | Flashlight
Pets | Bichos de casa
  Dog Collars | Coleiras de cachorro | Dog Collar
  Cat Beds | Camas de gato | Cat Bed
Play & Music | Jogos e música
  Toys | Brinquedos
    Puzzles | Quebra-cabeças | Puzzle
    Block Kits | Blocos de montar | Block Kit
    Teddy Bears | Ursos de pelúcia | Teddy Bear
  Guitar Straps | Correias de violão | Guitar Strap
"""


@dataclass(frozen=True)
class Node:
    english: str
    portuguese: str
    product: str | None = None  # of a leaf
    parent: "Node | None" = None


def _tree(outline: str) -> list[Node]:
    """Parse the outline: nodes in order, parents first; two blanks are one level."""
    nodes: list[Node] = []
    above: list[Node] = []
    for line in outline.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = [name.strip() for name in line.split("|")]
        node = Node(names[0], names[1], names[2] if len(names) > 2 else None, above[depth - 1] if depth else None)
        above[depth:] = [node]
        nodes.append(node)
    return nodes


def path(node: Node, *, portuguese: bool = False) -> tuple[str, ...]:
    """The names from the root down to `node`."""
    name = node.portuguese if portuguese else node.english
    return (*path(node.parent, portuguese=portuguese), name) if node.parent else (name,)


TREE = _tree(OUTLINE)
LEAVES = {node.product: node for node in TREE if node.product}
