"""The sample shop: product categories with things and prices; states with cities and zip prefixes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """`things`: nouns with their article. `price`: median in reais. `share`: relative, of products. `grams`: median weight."""

    name: str
    english: str | None  # None: the published translation lacks it
    price: float
    share: float
    grams: int
    things: str
    loyalty: float = 1.0  # how likely its buyers return, relative to others


CATEGORIES = [
    Category("cama_mesa_banho", "bed_bath_table", 80, 10, 1500, "a toalha,o lençol,a colcha,a cortina,o edredom,a fronha", 1.5),
    Category("beleza_saude", "health_beauty", 75, 9, 500, "o creme,o secador,a chapinha,o sabonete,a máscara,o barbeador", 3.0),
    Category("esporte_lazer", "sports_leisure", 70, 8, 900, "a bola,a barraca,a luva,o colchonete,a bicicleta,o halter"),
    Category("moveis_decoracao", "furniture_decor", 65, 8, 2500, "a luminária,o quadro,o espelho,a poltrona,o vaso,a estante"),
    Category("informatica_acessorios", "computers_accessories", 85, 7, 400, "o mouse,o teclado,o cabo,a impressora,o roteador"),
    Category("utilidades_domesticas", "housewares", 60, 6, 1800, "a panela,o pote,a garrafa,o escorredor,a faca,a jarra"),
    Category("relogios_presentes", "watches_gifts", 130, 5, 350, "o relógio,a pulseira,a caixa,o chaveiro"),
    Category("telefonia", "telephony", 35, 5, 200, "a capinha,o carregador,a película,o celular,o suporte"),
    Category("brinquedos", "toys", 75, 5, 900, "a boneca,o carrinho,o jogo,o quebra-cabeça,a pelúcia,o patinete"),
    Category("automotivo", "auto", 85, 5, 1200, "o tapete,a lâmpada,o farol,a capa,o alarme,a bateria"),
    Category("ferramentas_jardim", "garden_tools", 70, 4, 1600, "a mangueira,a furadeira,a tesoura,o regador,a lanterna"),
    Category("perfumaria", "perfumery", 95, 4, 350, "o perfume,a colônia,o hidratante,o kit", 3.0),
    Category("bebes", "baby", 90, 4, 1500, "o carrinho,a mamadeira,o berço,a bolsa,o macacão", 2.0),
    Category("eletronicos", "electronics", 60, 3, 500, "o fone,a caixa de som,o controle,a antena,o adaptador"),
    Category("papelaria", "stationery", 60, 3, 700, "o caderno,a mochila,a caneta,o estojo,a agenda"),
    Category("malas_acessorios", "luggage_accessories", 100, 2, 2200, "a mala,a bolsa,a carteira,a mochila"),
    Category(
        "fashion_bolsas_e_acessorios", "fashion_bags_accessories", 55, 3, 400, "a bolsa,o cinto,o óculos,o colar,a carteira"
    ),
    Category("pet_shop", "pet_shop", 65, 3, 1500, "a ração,a coleira,a caminha,o bebedouro,o brinquedo", 4.0),
    Category("moveis_escritorio", "office_furniture", 150, 2, 9000, "a cadeira,a mesa,o armário,o gaveteiro"),
    Category(
        "eletroportateis", "small_appliances", 150, 2, 3000, "o liquidificador,o ventilador,a cafeteira,o ferro,a batedeira"
    ),
    Category("instrumentos_musicais", "musical_instruments", 120, 1.5, 2500, "o violão,a flauta,o pedestal,a guitarra"),
    Category("livros_interesse_geral", "books_general_interest", 45, 1.5, 500, "o livro,a revista,o box,o dicionário"),
    Category(
        "construcao_ferramentas_construcao", "construction_tools_construction", 80, 1.5, 1800, "a torneira,o chuveiro,a trena"
    ),
    Category("alimentos", "food", 45, 1, 900, "o café,o chocolate,a castanha,o azeite", 3.0),
    Category("cool_stuff", "cool_stuff", 90, 2, 1200, "a caneca,o abajur,a miniatura,o relógio"),
    Category("pc_gamer", None, 120, 0.8, 900, "o gabinete,a placa,o cooler,o teclado"),
    Category("portateis_cozinha_e_preparadores_de_alimentos", None, 140, 0.8, 2500, "o mixer,a sanduicheira,o processador"),
]


@dataclass(frozen=True)
class State:
    """`share`: percent of customers. `zips`: first and last 5-digit prefix. `remoteness`: extra days and reais of a delivery."""

    code: str
    share: float
    zips: tuple[int, int]
    remoteness: int
    cities: str


STATES = [
    State("SP", 41.9, (1000, 19999), 0, "sao paulo,campinas,guarulhos,santos,ribeirao preto,sao bernardo do campo,osasco,bauru"),
    State("RJ", 12.9, (20000, 28999), 3, "rio de janeiro,niteroi,sao goncalo,petropolis,nova iguacu"),
    State("MG", 11.7, (30000, 39999), 2, "belo horizonte,uberlandia,juiz de fora,contagem,betim"),
    State("RS", 5.5, (90000, 99999), 4, "porto alegre,caxias do sul,pelotas,canoas"),
    State("PR", 5.1, (80000, 87999), 2, "curitiba,londrina,maringa,cascavel"),
    State("SC", 3.7, (88000, 89999), 3, "florianopolis,joinville,blumenau,chapeco"),
    State("BA", 3.4, (40000, 48999), 6, "salvador,feira de santana,vitoria da conquista,ilheus"),
    State("DF", 2.2, (70000, 72799), 3, "brasilia,taguatinga,ceilandia"),
    State("ES", 2.0, (29000, 29999), 3, "vitoria,vila velha,serra"),
    State("GO", 2.0, (72800, 76799), 4, "goiania,anapolis,aparecida de goiania"),
    State("PE", 1.7, (50000, 56999), 7, "recife,olinda,caruaru"),
    State("CE", 1.3, (60000, 63999), 8, "fortaleza,juazeiro do norte,sobral"),
    State("PA", 1.0, (66000, 68899), 10, "belem,ananindeua,santarem"),
    State("MT", 0.9, (78000, 78899), 6, "cuiaba,varzea grande,rondonopolis"),
    State("MA", 0.75, (65000, 65999), 9, "sao luis,imperatriz"),
    State("MS", 0.7, (79000, 79999), 5, "campo grande,dourados"),
    State("PB", 0.55, (58000, 58999), 8, "joao pessoa,campina grande"),
    State("PI", 0.5, (64000, 64999), 9, "teresina,parnaiba"),
    State("RN", 0.5, (59000, 59999), 8, "natal,mossoro"),
    State("AL", 0.4, (57000, 57999), 9, "maceio,arapiraca"),
    State("SE", 0.35, (49000, 49999), 8, "aracaju,lagarto"),
    State("TO", 0.3, (77000, 77999), 7, "palmas,araguaina"),
    State("RO", 0.25, (76800, 76999), 9, "porto velho,ji-parana"),
    State("AM", 0.15, (69000, 69299), 12, "manaus,parintins"),
    State("AC", 0.1, (69900, 69999), 12, "rio branco,cruzeiro do sul"),
    State("AP", 0.1, (68900, 68999), 13, "macapa,santana"),
    State("RR", 0.05, (69300, 69399), 14, "boa vista"),
]
